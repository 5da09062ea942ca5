using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace IadNative.Native;

/// <summary>The functions of include/iadnative.h, which says what they do. No exception leaves one.</summary>
internal static unsafe class Exports
{
    private static readonly nint s_version = Marshal.StringToCoTaskMemUTF8(
        typeof(Exports).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    [UnmanagedCallersOnly(EntryPoint = "iad_version")]
    public static byte* Version() => (byte*)s_version;

    [UnmanagedCallersOnly(EntryPoint = "iad_load")]
    public static Status Load(byte* path, nint* detector, ErrorText* error) => Try(error, () =>
    {
        Require(detector != null, "detector");
        *detector = 0;
        Require(path != null, "path");
        *detector = Handles.New(AnomalyDetector.Load(Marshal.PtrToStringUTF8((nint)path)!));
    });

    [UnmanagedCallersOnly(EntryPoint = "iad_load_bytes")]
    public static Status LoadBytes(byte* bytes, nuint length, nint* detector, ErrorText* error) => Try(error, () =>
    {
        Require(detector != null, "detector");
        *detector = 0;
        Require(bytes != null, "bytes");
        using var stream = new UnmanagedMemoryStream(bytes, checked((long)length));
        *detector = Handles.New(AnomalyDetector.Load(stream, "the model in memory"));
    });

    [UnmanagedCallersOnly(EntryPoint = "iad_free")]
    public static void Free(nint detector) => Handles.Free(detector);

    [UnmanagedCallersOnly(EntryPoint = "iad_features")]
    public static int Features(nint detector) => Handles.Find(detector)?.Features ?? 0;

    [UnmanagedCallersOnly(EntryPoint = "iad_threshold")]
    public static float Threshold(nint detector) => Handles.Find(detector)?.Threshold ?? float.NaN;

    [UnmanagedCallersOnly(EntryPoint = "iad_schema")]
    public static nuint Schema(nint detector, byte* text, nuint size) =>
        Handles.Find(detector) is { } found ? Write(SchemaJson.Of(found), text, size) : 0;

    [UnmanagedCallersOnly(EntryPoint = "iad_feature_name")]
    public static nuint FeatureName(nint detector, int index, byte* text, nuint size) =>
        Handles.Find(detector) is { } found && (uint)index < (uint)found.Features
            ? Write(Encoding.UTF8.GetBytes(found.FeatureNames[index]), text, size)
            : 0;

    [UnmanagedCallersOnly(EntryPoint = "iad_feature_kind")]
    public static int Kind(nint detector, int index) =>
        Handles.Find(detector) is { } found && (uint)index < (uint)found.Features ? (int)found.Columns[index].Kind : -1;

    [UnmanagedCallersOnly(EntryPoint = "iad_score")]
    public static Status Score(nint detector, float* rows, nuint n, float* scores, ErrorText* error) =>
        Score(detector, rows, n, scores, threads: 1, error);

    [UnmanagedCallersOnly(EntryPoint = "iad_score_parallel")]
    public static Status ScoreParallel(nint detector, float* rows, nuint n, float* scores, int threads, ErrorText* error) =>
        Score(detector, rows, n, scores, threads, error);

    [UnmanagedCallersOnly(EntryPoint = "iad_score_double")]
    public static Status ScoreDouble(nint detector, double* rows, nuint n, float* scores, ErrorText* error)
    {
        try
        {
            (AnomalyDetector found, int count, int numbers) = Check(detector, rows, n, scores);
            found.Score(new ReadOnlySpan<double>(rows, numbers), new Span<float>(scores, count), threads: 1);
            return Status.Ok;
        }
        catch (Exception e)
        {
            return ErrorText.Set(error, e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "iad_explain")]
    public static Status Explain(nint detector, float* rows, nuint n, float* contributions, ErrorText* error)
    {
        try
        {
            (AnomalyDetector found, _, int numbers) = Check(detector, rows, n, contributions);
            found.Explain(new ReadOnlySpan<float>(rows, numbers), new Span<float>(contributions, numbers));
            return Status.Ok;
        }
        catch (Exception e)
        {
            return ErrorText.Set(error, e);
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "iad_explained_from")]
    public static float ExplainedFrom(nint detector) => Handles.Find(detector)?.ExplainedFrom ?? float.NaN;

    [UnmanagedCallersOnly(EntryPoint = "iad_percentile")]
    public static double Percentile(nint detector, float score) =>
        Handles.Find(detector) is { } found && !float.IsNaN(score) ? found.Percentile(score) : double.NaN;

    [UnmanagedCallersOnly(EntryPoint = "iad_p_value")]
    public static double PValue(nint detector, float score) =>
        Handles.Find(detector) is { } found && !float.IsNaN(score) ? found.PValue(score) : double.NaN;

    private static Status Score(nint detector, float* rows, nuint n, float* scores, int threads, ErrorText* error)
    {
        try
        {
            (AnomalyDetector found, int count, int numbers) = Check(detector, rows, n, scores);
            found.Score(new ReadOnlySpan<float>(rows, numbers), new Span<float>(scores, count), threads);
            return Status.Ok;
        }
        catch (Exception e)
        {
            return ErrorText.Set(error, e);
        }
    }

    private static (AnomalyDetector Detector, int Rows, int Numbers) Check(nint detector, void* rows, nuint n, void* results)
    {
        AnomalyDetector found = Handles.Find(detector) ?? throw new ArgumentNullException(nameof(detector));
        Require((rows != null && results != null) || n == 0, rows == null ? "rows" : "the place for the results");
        if (n > (nuint)(Array.MaxLength / found.Features))
        {
            throw new ArgumentException(
                $"{n} rows of {found.Features} numbers are too many for one call; {Array.MaxLength / found.Features} are possible.", nameof(n));
        }

        return (found, (int)n, (int)n * found.Features);
    }

    private static void Require(bool isThere, string name)
    {
        if (!isThere) throw new ArgumentException($"{name} is null.");
    }

    private static Status Try(ErrorText* error, Action action)
    {
        try
        {
            action();
            return Status.Ok;
        }
        catch (Exception e)
        {
            return ErrorText.Set(error, e);
        }
    }

    // As snprintf does: what fits, a closing zero, and how long it is.
    private static nuint Write(ReadOnlySpan<byte> utf8, byte* text, nuint size)
    {
        if (text == null || size == 0) return (nuint)utf8.Length;
        int fits = (int)Math.Min((nuint)utf8.Length, size - 1);
        utf8[..fits].CopyTo(new Span<byte>(text, fits));
        text[fits] = 0;
        return (nuint)utf8.Length;
    }
}
