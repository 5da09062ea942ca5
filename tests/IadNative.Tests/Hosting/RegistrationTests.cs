using IadNative.Extensions.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace IadNative.Tests.Hosting;

/// <summary>Detectors in a host: by name, from the configuration, and their health.</summary>
public sealed class RegistrationTests
{
    [Test]
    public void Detectors_are_found_by_name_and_the_one_without_as_it_is()
    {
        var services = new ServiceCollection();
        services.AddAnomalyDetector().FromDetector(ServedDetectors.First);
        services.AddAnomalyDetector("press").FromFile("/not/there");
        services.AddAnomalyDetector("press").FromDetector(ServedDetectors.Second);
        using ServiceProvider built = services.BuildServiceProvider();
        IAnomalyDetectorProvider unnamed = built.GetRequiredService<IAnomalyDetectorProvider>();
        IAnomalyDetectorProvider press = built.GetRequiredKeyedService<IAnomalyDetectorProvider>("press");
        Assert.That((unnamed.Name, press.Name), Is.EqualTo(("", "press")));
        Assert.That(unnamed.Current, Is.SameAs(ServedDetectors.First));
        Assert.That(press.Current, Is.SameAs(ServedDetectors.Second), "what is said last counts");
        Assert.That(built.GetKeyedServices<IAnomalyDetectorProvider>("press").Count(), Is.EqualTo(1));
        Assert.That(press.TryReload, Throws.InvalidOperationException);
    }

    [Test]
    public async Task A_host_does_not_start_with_a_detector_whose_file_is_not_there()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddAnomalyDetector("press").FromFile("/not/there/model.iad");
        using IHost host = builder.Build();
        await Assert.ThatAsync(() => host.StartAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("/not/there/model.iad"));
    }

    [Test]
    public void Options_come_from_the_configuration_and_misspelt_ones_are_refused()
    {
        AnomalyDetectorOptions options = Configured(
            ("Path", "model.iad"), ("watch", "false"), ("PollInterval", "00:00:05"), ("Optional", "true"), ("AllowOtherColumns", "True"));
        Assert.That(
            (options.Path, options.Watch, options.PollInterval, options.Optional, options.AllowOtherColumns),
            Is.EqualTo(("model.iad", false, TimeSpan.FromSeconds(5), true, true)));
        Assert.That(Configured(ServedDetectors.First, ("Path", "model.iad")).Detector, Is.Null, "what is said last counts");
        Assert.That(Configured(ServedDetectors.First, ("Watch", "false")).Detector, Is.SameAs(ServedDetectors.First));
        Assert.That(() => Configured(("Pfad", "model.iad")), Throws.InvalidOperationException.With.Message.Contains("Press:Pfad").And.Message.Contains("AllowOtherColumns"));
        Assert.That(() => Configured(("Watch", "maybe")), Throws.InvalidOperationException.With.Message.Contains("Press:Watch is 'maybe'"));
    }

    [TestCase("00:00:00", "poll interval of 00:00:00")]
    [TestCase("2.00:00:00", "poll interval of 2.00:00:00")]
    [TestCase("-00:00:01", "poll interval")]
    public void Intervals_out_of_bounds_are_refused(string interval, string problem) =>
        Assert.That(() => Configured(("PollInterval", interval)), Throws.InstanceOf<OptionsValidationException>().With.Message.Contains(problem));

    [Test]
    public async Task A_detector_is_healthy_with_a_model_degraded_after_a_failed_reload_and_unhealthy_without_one()
    {
        string path = Path.GetTempFileName();
        try
        {
            ServedDetectors.First.Save(path);
            var services = new ServiceCollection();
            services.AddLogging();
            services.AddAnomalyDetector("press").FromFile(path, watch: false);
            services.AddAnomalyDetector();
            services.AddHealthChecks().AddAnomalyDetector("press").AddAnomalyDetector(tags: ["ready"]);
            await using ServiceProvider built = services.BuildServiceProvider();
            HealthReport report = await ReportOf(built);
            Assert.That(report.Entries["press"].Status, Is.EqualTo(HealthStatus.Healthy));
            Assert.That(report.Entries["anomaly_detector"].Status, Is.EqualTo(HealthStatus.Unhealthy));
            Assert.That(report.Entries["anomaly_detector"].Tags, Is.EqualTo(new[] { "ready" }));
            File.WriteAllText(path, "no model");
            built.GetRequiredKeyedService<IAnomalyDetectorProvider>("press").TryReload();
            built.GetRequiredService<IAnomalyDetectorProvider>().Replace(ServedDetectors.Second);
            report = await ReportOf(built);
            Assert.That(report.Entries["press"].Status, Is.EqualTo(HealthStatus.Degraded));
            Assert.That(report.Entries["press"].Description, Does.Contain(path));
            Assert.That(report.Entries["anomaly_detector"].Status, Is.EqualTo(HealthStatus.Healthy));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Task<HealthReport> ReportOf(ServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static AnomalyDetectorOptions Configured(params (string Key, string Value)[] settings) => Configured(null, settings);

    private static AnomalyDetectorOptions Configured(AnomalyDetector? before, params (string Key, string Value)[] settings)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"Press:{setting.Key}", setting.Value))).Build();
        var services = new ServiceCollection();
        AnomalyDetectorBuilder builder = services.AddAnomalyDetector("press");
        if (before is not null) builder.FromDetector(before);
        builder.FromConfiguration(configuration.GetSection("Press"));
        using ServiceProvider built = services.BuildServiceProvider();
        return built.GetRequiredService<IOptionsMonitor<AnomalyDetectorOptions>>().Get("press");
    }
}
