namespace IadNative.Cuda.Runtime;

/// <summary>
/// Undoes what was done, last first. A step that fails, as all do once a device is lost, is told and does not keep the
/// others from running.
/// </summary>
/// <param name="warn">Told of failed steps.</param>
internal sealed class Cleanup(Action<string> warn)
{
    private readonly Stack<Action> _steps = [];

    /// <summary>Adds a step, to run before those already there.</summary>
    public void Push(Action step) => _steps.Push(step);

    /// <summary>Runs all steps, once. Never throws.</summary>
    public void Run()
    {
        while (_steps.TryPop(out Action? step))
            Quietly(step);
    }

    /// <summary>Runs one step now. Never throws.</summary>
    public void Quietly(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is CudaException or CudaUnavailableException)
        {
            warn($"While releasing the CUDA device: {e.Message}");
        }
    }
}
