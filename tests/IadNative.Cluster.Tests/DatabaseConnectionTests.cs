using IadNative.Fleet.PostgreSql;
using Npgsql;

namespace IadNative.Cluster.Tests;

/// <summary>What a user's connection string becomes.</summary>
public sealed class DatabaseConnectionTests
{
    [TestCase("Host=db;Database=iad", 5, 20)]
    [TestCase("Host=db;Timeout=7", 7, 20)]
    [TestCase("Host=db;Command Timeout=9", 5, 9)]
    [TestCase("Host=db;timeout=15;CommandTimeout=30", 15, 30)]
    [TestCase("Host=db;Timeout=0;Command Timeout=0", 0, 0)]
    public void It_gets_timeouts_unless_it_has_its_own(string given, int timeout, int commandTimeout)
    {
        NpgsqlConnectionStringBuilder builder = DatabaseConnection.Of(given), read = new(builder.ConnectionString);
        Assert.That((read.Timeout, read.CommandTimeout, read.Host), Is.EqualTo((timeout, commandTimeout, "db")));
    }

    [Test]
    public void A_password_stays_in_it() =>
        Assert.That(DatabaseConnection.Of("Host=db;Username=iad;Password='a;b=c'").Password, Is.EqualTo("a;b=c"));
}
