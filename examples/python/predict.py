#!/usr/bin/env python3
"""predict.py MODEL IMAGE: one JSON line; 0 where the image is OK, 1 where it is NG."""

import json
import sys

import paucal_edge


def main():
    if len(sys.argv) != 3:
        return __doc__
    with open(sys.argv[2], "rb") as file:
        image = file.read()
    try:
        result = paucal_edge.Model(sys.argv[1]).predict(image)
    except paucal_edge.Error as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(result))
    return int(result.get("verdict") == "NG")


if __name__ == "__main__":
    sys.exit(main())
