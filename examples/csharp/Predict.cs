// Predict MODEL IMAGE: one JSON line; 0 where the image is OK, 1 where it is NG.
//   mcs -out:predict.exe PaucalEdge.cs Predict.cs && mono predict.exe parts.paucal new.jpg
using System;
using System.IO;

static class Program {
  static int Main(string[] arguments) {
    if (arguments.Length != 2) {
      Console.Error.WriteLine("Predict MODEL IMAGE");
      return 2;
    }
    try {
      using (var model = new PaucalEdge.Model(arguments[0]))
      using (var predictor = new PaucalEdge.Predictor(model, 1)) {
        PaucalEdge.Result result = predictor.Predict(File.ReadAllBytes(arguments[1]));
        Console.WriteLine(result.Json);
        foreach (PaucalEdge.Box box in result.Boxes)
          Console.Error.WriteLine("{0} {1} {2} {3}", box.X0, box.Y0, box.X1, box.Y1);
        return result.Ng ? 1 : 0;
      }
    } catch (PaucalEdge.PaucalException error) {
      Console.Error.WriteLine(error.Message);
      return 2;
    }
  }
}
