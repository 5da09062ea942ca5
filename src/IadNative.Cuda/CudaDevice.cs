using IadNative.Compute;
using IadNative.Cuda.Runtime;
using IadNative.Iad;

namespace IadNative.Cuda;

/// <summary>
/// Trains on a CUDA device: every launch and every matrix product serves all networks that are trained at once. To be disposed
/// when nothing trains on it any more; not to be used by two threads at a time.
/// </summary>
public sealed class CudaDevice : IDevice, IRoundDevice, IDisposable
{
    private readonly ICudaDriver _driver;
    private readonly bool _ownsDriver;
    private readonly DeviceKernels _kernels;
    private readonly RowTransfer _transfer;
    private bool _isFused; // the session that was created last
    private (float[] Values, ulong Address)? _rowsOnDevice; // within Fit: the data on the host, and where they came from

    /// <summary>A device behind a driver.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="ownsDriver">Whether it is disposed with this; otherwise it stays the caller's, to outlive this.</param>
    internal CudaDevice(ICudaDriver driver, bool ownsDriver = false)
    {
        (_driver, _ownsDriver) = (driver, ownsDriver);
        _kernels = new DeviceKernels(driver);
        _transfer = new RowTransfer(driver);
    }

    /// <summary>Whether launches are recorded once and replayed.</summary>
    internal bool UseGraphs { get; init; } = true;

    /// <summary>Whether an epoch is one kernel where the network is small enough.</summary>
    internal bool UseFusion { get; set; } = true;

    /// <summary>Whether every buffer gets an allocation of its own, for devices that guard their allocations.</summary>
    internal bool IsolateBuffers { get; init; }

    /// <summary>Bytes of the rows that all networks score together, as far as <see cref="CudaPassWalk"/> allows.</summary>
    internal long ChunkBytes { get; init; } = 256 << 20;

    /// <summary>The CUDA context (CUcontext) that the device works in: its primary one, or the one that it is attached to.</summary>
    public nint Context => _driver.Handles.Context;

    /// <summary>
    /// The CUDA stream (CUstream) of all its work. A program may give work of its own to it while no call of this device runs; it
    /// does not wait for the default stream.
    /// </summary>
    public nint Stream => _driver.Handles.Stream;

    /// <summary>What the device is.</summary>
    internal CudaDeviceInfo Info => _driver.Device;

    /// <summary>
    /// What the device is; and that epochs are fused, where those of the networks that trained last are one kernel each
    /// (<see cref="CudaOptions.UseFusion"/>).
    /// </summary>
    public string Description =>
        $"CUDA, {Info.Name} (compute capability {Info.ComputeMajor}.{Info.ComputeMinor}), driver for CUDA {Info.DriverVersion}"
        + (_isFused ? ", epochs fused" : "");

    /// <summary>Opens a device of this machine and tests it: a small training must give what the CPU does.</summary>
    /// <param name="index">Its number, from 0, in the driver's order.</param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <exception cref="CudaUnavailableException">There is no such device, CUDA cannot be used, or the test fails.</exception>
    /// <exception cref="CudaException">The device fails, or a kernel does not compile.</exception>
    public static CudaDevice Open(int index = 0, CudaOptions? options = null) => OpenUntested(index, options ?? new CudaOptions()).Tested(options?.Warn);

    /// <summary>
    /// Uses the context and the stream of a program that has its own, instead of the primary context and a new stream, and tests the
    /// device as <see cref="Open"/> does. Neither is destroyed with this; both must outlive it. While a call of this device
    /// runs, nobody else may give work to the stream, which must not be recording.
    /// </summary>
    /// <param name="context">A CUDA context (CUcontext), such as the primary one that others have retained.</param>
    /// <param name="stream">
    /// A stream (CUstream) that was created in it; 0 for a new one, which does not wait for the default stream
    /// (<see cref="WaitFor"/> does): the default stream itself cannot be recorded.
    /// </param>
    /// <param name="options">How CUDA is found and used; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no context, or the stream is a default one or belongs to another context.</exception>
    /// <exception cref="CudaUnavailableException">CUDA cannot be used, or the test fails.</exception>
    /// <exception cref="CudaException">The device fails, or a kernel does not compile.</exception>
    public static CudaDevice Attach(nint context, nint stream = 0, CudaOptions? options = null) =>
        AttachUntested(context, stream, options ?? new CudaOptions()).Tested(options?.Warn);

    /// <summary>Uses a context and a stream of the program, whatever they compute.</summary>
    internal static CudaDevice AttachUntested(nint context, nint stream, CudaOptions options) =>
        new(NativeCudaDriver.Attach(context, stream, options), ownsDriver: true) { UseGraphs = options.UseGraphs, UseFusion = options.UseFusion };

    /// <summary>Opens a device of this machine, whatever it computes.</summary>
    /// <exception cref="CudaUnavailableException">There is no such device, or CUDA cannot be used.</exception>
    /// <exception cref="CudaException">The device fails.</exception>
    internal static CudaDevice OpenUntested(int index, CudaOptions options) =>
        new(NativeCudaDriver.Open(index, options), ownsDriver: true) { UseGraphs = options.UseGraphs, UseFusion = options.UseFusion };

    /// <summary>This device, which has passed <see cref="CudaSelfTest"/>; one that has not is disposed.</summary>
    /// <param name="warn">Told where it works, but not as well as it could; null for nobody.</param>
    /// <exception cref="CudaUnavailableException">The test fails.</exception>
    /// <exception cref="CudaException">The device fails, or a kernel does not compile.</exception>
    internal CudaDevice Tested(Action<string>? warn = null)
    {
        try
        {
            CudaSelfTest.Run(this, warn ?? (_ => { }));
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes all that this device does from now on wait for an event of the program, such as the end of the work that writes the rows
    /// of a fit. The calling thread does not wait.
    /// </summary>
    /// <param name="happening">An event (CUevent) of the same context that was recorded.</param>
    /// <exception cref="CudaException">The event is none, or the device fails.</exception>
    public void WaitFor(nint happening) => _driver.WaitForForeign(happening);

    /// <summary>
    /// Records an event of the program at the end of all that this device was given so far, for streams of the program to wait for.
    /// </summary>
    /// <param name="happening">An event (CUevent) of the same context.</param>
    /// <exception cref="CudaException">The event is none, or the device fails.</exception>
    public void Record(nint happening) => _driver.RecordForeign(happening);

    /// <summary>
    /// Fits a detector on rows that lie on this device, to the bit as on the same rows on the host. They are read to the host once,
    /// on <see cref="Stream"/>: preparation, the threshold and reports need them there. Networks that see them as they are, which takes
    /// <see cref="FeatureScaling.Standard"/> and families without a choice of columns, get them by a copy on the device; prepared
    /// rows, as of the default <see cref="FeatureScaling.Robust"/>, are copied to it.
    /// </summary>
    /// <param name="rows">n samples of d features, all finite, not to be changed before this returns.</param>
    /// <param name="options">What to fit and how; null for the defaults. <see cref="FitOptions.Device"/> is this device or null.</param>
    /// <param name="labels">One entry a row, true for an anomaly, which are only reported on; null when nothing is known.</param>
    /// <param name="featureNames">One name a column; null names them x1 ... xd.</param>
    /// <param name="progress">Receives progress a few times a second and the reports at each round's end, from any thread.</param>
    /// <param name="cancellationToken">Stops training between two epochs of a network.</param>
    /// <exception cref="ArgumentException">
    /// The rows do not lie in one allocation of this device, are more than an array holds, or hold a number that is not finite; or an
    /// option is out of range or names another device.
    /// </exception>
    /// <exception cref="TrainingFailedException">Every run met a loss or score that is not finite in its first round.</exception>
    /// <exception cref="CudaException">The device failed before any run had finished a round.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public FitResult Fit(
        DeviceRows rows, FitOptions? options = null, bool[]? labels = null, IReadOnlyList<string>? featureNames = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new FitOptions();
        if (options.Device is { } other && other != this)
            throw new ArgumentException("The rows lie on this device, and the options name another one.", nameof(options));
        float[] values = _transfer.Read(rows);
        var data = new Dataset("device memory", values, rows.Rows, rows.Columns, labels, featureNames);
        _rowsOnDevice = (values, rows.Address);
        try
        {
            return AnomalyDetector.Fit(data, options with { Device = this }, progress, cancellationToken);
        }
        finally
        {
            _rowsOnDevice = null;
        }
    }

    /// <summary>
    /// Anomaly scores of rows that lie on this device, written to its memory. A detector scores on the host, whatever its
    /// kind: rows are read block by block, and the scores, which are those of
    /// <see cref="ScoringDetector.Score(ReadOnlySpan{float}, Span{float}, int)"/> to the bit, copied back, both on
    /// <see cref="Stream"/>. They are there when this returns.
    /// </summary>
    /// <param name="detector">The detector.</param>
    /// <param name="rows">n rows of its d features.</param>
    /// <param name="scores">
    /// Address on the device (CUdeviceptr) of n float32 numbers that receive the scores; <see cref="float.MaxValue"/> for one that is not
    /// finite.
    /// </param>
    /// <param name="threads">Threads that may share the rows out among them; 0 for one per core.</param>
    /// <exception cref="ArgumentException">
    /// The rows do not have d features, rows or scores do not lie in one allocation of this device each, they overlap, or
    /// <paramref name="threads"/> is negative.
    /// </exception>
    /// <exception cref="CudaException">The device fails.</exception>
    public void Score(AnomalyDetector detector, DeviceRows rows, ulong scores, int threads = 0) =>
        _transfer.Score(detector, rows, scores, threads);

    /// <inheritdoc/>
    /// <exception cref="CudaOutOfMemoryException">The device has not enough memory for the session.</exception>
    /// <exception cref="NotSupportedException">An operation of the plan is unknown or has no sense where it stands.</exception>
    ISession IDevice.CreateSession(Plan plan, SessionSpec spec)
    {
        CudaSession session = Reserve(plan, spec);
        session.Allocate();
        _isFused = session.Fused is not null;
        return session;
    }

    /// <summary>Releases the device. Never throws.</summary>
    public void Dispose()
    {
        if (_ownsDriver) _driver.Dispose();
    }

    IRounds IRoundDevice.CreateRounds(ISession session, RoundSpec spec) => ((CudaSession)session).CreateRounds(spec);

    bool IRoundDevice.HasRoom(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec rounds)
    {
        if (sessions.Any(session => session.Spec.Replicas.Count > CudaSession.MostReplicas)) return false;
        return BytesOf(sessions, rounds) <= Room;
    }

    /// <summary>Bytes that sessions may take together: a sixteenth of what is free stays so, since graphs and the driver itself need some too.</summary>
    internal long Room => _driver.FreeMemory / 16 * 15;

    /// <summary>Compiles and loads the kernels of some work before any of it begins.</summary>
    /// <param name="work">The sessions.</param>
    /// <param name="rounds">What happens between their rounds on the device; null where the host does it.</param>
    /// <returns>Bytes of one run, which <see cref="Room"/> must have.</returns>
    /// <exception cref="CudaException">A kernel does not compile, or the device fails.</exception>
    internal long Load(IReadOnlyList<DeviceWork> work, RoundSpec? rounds)
    {
        // Who asks for memory asks for kernels, which are the same for any number of runs.
        long bytes = BytesOf([.. work.Select(session => (session.Plan, session.Spec with { Replicas = OneRun(session.Spec.Replicas) }))], rounds);
        _kernels.Load();
        return bytes;
    }

    // Members are numbered from the first on in every run.
    private static ReplicaSpec[] OneRun(IReadOnlyList<ReplicaSpec> replicas) =>
        [replicas[0], .. replicas.Skip(1).TakeWhile(replica => replica.Member != replicas[0].Member)];

    private long BytesOf(IReadOnlyList<(Plan Plan, SessionSpec Spec)> sessions, RoundSpec? rounds)
    {
        CudaSession[] reserved = [.. sessions.Select(session => Reserve(session.Plan, session.Spec))];
        return reserved.Sum(session => session.Bytes) + (rounds is null ? 0 : reserved[0].BytesOfRounds(rounds));
    }

    private CudaSession Reserve(Plan plan, SessionSpec spec) => new(_driver, _kernels, plan, spec, IsolateBuffers, UseGraphs, UseFusion, ChunkBytes)
    {
        RowsOnDevice = _rowsOnDevice is { } known && ReferenceEquals(known.Values, spec.Data.Array) ? known.Address : 0,
    };
}
