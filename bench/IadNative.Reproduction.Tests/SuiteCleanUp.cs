
namespace IadNative.Reproduction.Tests;

/// <summary>Deletes what tests share, when all of them have run.</summary>
[SetUpFixture]
internal sealed class SuiteCleanUp
{
    [OneTimeTearDown]
    public void Delete() => ReproducedFolder.Delete();
}
