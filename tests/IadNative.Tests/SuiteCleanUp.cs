using IadNative.Tests.Cli.Reproduction;

namespace IadNative.Tests;

/// <summary>Deletes what tests share, when all of them have run.</summary>
[SetUpFixture]
internal sealed class SuiteCleanUp
{
    [OneTimeTearDown]
    public void Delete() => ReproducedFolder.Delete();
}
