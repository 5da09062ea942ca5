using IadNative.Cli;
using IadNative.Node;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IadNative.Cluster.Tests;

/// <summary>What <c>iad-node</c> says where it does not start.</summary>
public sealed class NodeCommandTests
{
    [TestCase("must name the database", "--cluster", " ")]
    [TestCase("--slots is 5000; allowed is 0", "--cluster", "Host=db", "--slots", "5000")]
    [TestCase("--port is 0; allowed is 1", "--cluster", "Host=db", "--port", "0")]
    [TestCase("--address: 'here' is no IP address", "--cluster", "Host=db", "--address", "here")]
    [TestCase("--cluster: ", "--cluster", "no such=thing")]
    [TestCase("--cluster: The database failed", "--cluster", "Host=127.0.0.1;Port=1;Timeout=1")]
    [TestCase("--slot", "--slot", "1")]
    public void A_bad_command_line_ends_with_2_and_one_line(string message, params string[] args)
    {
        (int code, string printed, string told) = Run(args);
        Assert.That((code, printed), Is.EqualTo((ExitCodes.BadInput, "")));
        Assert.That(told, Does.Contain(message));
    }

    [Test]
    public void Help_has_every_option_and_examples()
    {
        (int code, string printed, _) = Run("--help");
        Assert.That(code, Is.Zero);
        Assert.That(printed, Does.Contain("--cluster <CONNECTION>").And.Contain("--slots <N>").And.Contain("--address <IP>").And.Contain("--port <P>")
           .And.Contain("IAD_CLUSTER='Host=db;Database=iad' iad-node --slots 16"));
        Assert.That(Run("--version").Printed.Trim(), Is.Not.Empty);
    }

    [Test]
    public async Task A_node_whose_services_fail_when_it_is_asked_to_stop_says_so_and_ends([Values(1, 2)] int services)
    {
        using StringWriter output = new(), error = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        string[] names = [.. Enumerable.Range(0, services).Select(i => $"service {i}")];
        foreach (string name in names) builder.Services.AddSingleton<IHostedService>(new FailingService(name));
        IHost host = builder.Build();
        await host.StartAsync();
        Assert.That(() => NodeCommand.Leave(host, new Terminal(output, error)), Throws.Nothing);
        Assert.That(error.ToString(), Does.StartWith("note: it has not left in good order: "));
        foreach (string name in names) Assert.That(error.ToString(), Does.Contain(name));
    }

    private static (int Code, string Printed, string Told) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(output, error);
        int code = ProgramCommand.Run(terminal, args, () => NodeCommand.Create(terminal, CancellationToken.None));
        return (code, output.ToString(), error.ToString());
    }

    private sealed class FailingService(string name) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.FromException(new TimeoutException(name));
    }
}
