namespace IadNative.Fleet.Claims;

/// <summary>A claim that this process holds: it is renewed until it is disposed, and then released.</summary>
internal sealed class WorkClaim : IDisposable
{
    private readonly string _file;
    private readonly ITimer _renewal;
    private readonly Lock _gate = new();
    private bool _released;

    /// <summary>Renews a claim from now on.</summary>
    /// <param name="file">The claim's file.</param>
    /// <param name="clock">The time.</param>
    public WorkClaim(string file, TimeProvider clock)
    {
        _file = file;
        _renewal = clock.CreateTimer(_ => Renew(clock), null, WorkClaims.RenewEvery, WorkClaims.RenewEvery);
    }

    /// <summary>Releases the claim.</summary>
    public void Dispose()
    {
        _renewal.Dispose();
        lock (_gate)
        {
            _released = true;
            WorkClaims.Delete(_file);
        }
    }

    private void Renew(TimeProvider clock)
    {
        lock (_gate)
        {
            if (_released) return;
            try
            {
                File.SetLastWriteTimeUtc(_file, clock.GetUtcNow().UtcDateTime);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The next renewal is in time; and where the claim was taken over, another process does the same.
            }
        }
    }
}
