// Paucal's models in C#: the C API of paucal_edge.h by P/Invoke. One file, to be put into a program:
//
//   using (var model = new PaucalEdge.Model("parts.paucal"))
//   using (var predictor = new PaucalEdge.Predictor(model, 2))
//     Console.WriteLine(predictor.Predict(File.ReadAllBytes("new.jpg")).Json);
//
// The library is paucal-edge.dll, or libpaucal-edge.so, where the program or the system finds it.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace PaucalEdge {

public class PaucalException : Exception {
  public readonly int Code;  // paucal_edge_code
  internal PaucalException(int code, string message) : base(message) { Code = code; }
}

// Half-open, in pixels of the image.
[StructLayout(LayoutKind.Sequential)]
public struct Box {
  public float X0, Y0, X1, Y1, Score;
  public int Label;
}

// Borrowed pixels: rows from the top, Stride bytes from one to the next.
[StructLayout(LayoutKind.Sequential)]
public struct Image {
  public IntPtr Pixels;
  public int Width, Height;
  public UIntPtr Stride;
  public int Format;  // 0 grey, 1 RGB, 2 BGR, 3 RGBA, each of 8 bits; 4 grey, 5 RGB of 16
}

public class Result {
  public readonly bool Ng;
  public readonly double Probability;  // of NG, or of the class
  public readonly int Label;           // -1: none
  public readonly Box[] Boxes;
  public readonly string Json;  // as `paucal-edge predict` prints it

  internal Result(IntPtr result) {
    Ng = Native.paucal_edge_result_ng(result) == 1;
    Probability = Native.paucal_edge_result_probability(result);
    Label = Native.paucal_edge_result_label(result);
    Json = Native.Text(Native.paucal_edge_result_json(result));
    Boxes = new Box[(int)Native.paucal_edge_result_box_count(result)];
    IntPtr box = Native.paucal_edge_result_boxes(result);
    for (int i = 0; i < Boxes.Length; ++i, box += Marshal.SizeOf(typeof(Box)))
      Boxes[i] = (Box)Marshal.PtrToStructure(box, typeof(Box));
  }
}

// Any number of threads may use it at once.
public sealed class Model : SafeHandle {
  const int Abi = 1;  // PAUCAL_EDGE_ABI that this file was written for

  public Model(string path) : base(IntPtr.Zero, true) {
    if (Native.paucal_edge_abi() != Abi)
      throw new PaucalException(0, "ABI " + Native.paucal_edge_abi() + ", expected " + Abi);
    Status status;
    SetHandle(Native.Checked(
        Native.paucal_edge_open(Encoding.UTF8.GetBytes(path + "\0"), out status), status));
  }
  public string Card { get { return Native.Text(Native.paucal_edge_describe(this)); } }
  public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
  protected override bool ReleaseHandle() {
    Native.paucal_edge_model_free(handle);
    return true;
  }
}

// One caller at a time; make one a thread, they share the model.
public sealed class Predictor : SafeHandle {
  readonly Model model;  // tells how its images are read

  public Predictor(Model model, int threads) : base(IntPtr.Zero, true) {
    this.model = model;
    Status status;
    SetHandle(Native.Checked(Native.paucal_edge_predictor_new(model, threads, out status), status));
  }

  // The bytes of an image file.
  public Result Predict(byte[] file) {
    Status status;
    IntPtr pixels = Native.Checked(
        Native.paucal_edge_decode_for(model, file, (UIntPtr)file.Length, out status), status);
    try {
      return Predict(Native.paucal_edge_pixels_view(pixels));
    } finally {
      Native.paucal_edge_pixels_free(pixels);
    }
  }

  public Result Predict(Image image) {
    Status status;
    IntPtr result =
        Native.Checked(Native.paucal_edge_predict(this, ref image, out status), status);
    try {
      return new Result(result);
    } finally {
      Native.paucal_edge_result_free(result);
    }
  }

  public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
  protected override bool ReleaseHandle() {
    Native.paucal_edge_predictor_free(handle);
    return true;
  }
}

[StructLayout(LayoutKind.Sequential)]
struct Status {
  public int Code;
  [MarshalAs(UnmanagedType.ByValArray, SizeConst = 508)]
  public byte[] Message;
}

static class Native {
  const string Library = "paucal-edge";
  const CallingConvention C = CallingConvention.Cdecl;

  internal static IntPtr Checked(IntPtr handle, Status status) {
    if (handle != IntPtr.Zero) return handle;
    int length = Math.Max(0, Array.IndexOf(status.Message, (byte)0));
    throw new PaucalException(status.Code, Encoding.UTF8.GetString(status.Message, 0, length));
  }

  internal static string Text(IntPtr utf8) {
    int length = 0;
    while (Marshal.ReadByte(utf8, length) != 0) ++length;
    var bytes = new byte[length];
    Marshal.Copy(utf8, bytes, 0, length);
    return Encoding.UTF8.GetString(bytes);
  }

  [DllImport(Library, CallingConvention = C)]
  internal static extern int paucal_edge_abi();
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_open(byte[] path, out Status status);
  [DllImport(Library, CallingConvention = C)]
  internal static extern void paucal_edge_model_free(IntPtr model);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_describe(Model model);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_decode_for(Model model, byte[] data, UIntPtr size,
                                                       out Status status);
  [DllImport(Library, CallingConvention = C)]
  internal static extern Image paucal_edge_pixels_view(IntPtr pixels);
  [DllImport(Library, CallingConvention = C)]
  internal static extern void paucal_edge_pixels_free(IntPtr pixels);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_predictor_new(Model model, int threads,
                                                          out Status status);
  [DllImport(Library, CallingConvention = C)]
  internal static extern void paucal_edge_predictor_free(IntPtr predictor);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_predict(Predictor predictor, ref Image image,
                                                    out Status status);
  [DllImport(Library, CallingConvention = C)]
  internal static extern void paucal_edge_result_free(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern int paucal_edge_result_ng(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern double paucal_edge_result_probability(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern int paucal_edge_result_label(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern UIntPtr paucal_edge_result_box_count(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_result_boxes(IntPtr result);
  [DllImport(Library, CallingConvention = C)]
  internal static extern IntPtr paucal_edge_result_json(IntPtr result);
}

}
