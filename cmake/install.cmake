# Installation: headers, libraries, the command, and find_package(paucal).
