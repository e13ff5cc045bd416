using Xunit;

namespace Platform.Testing;

/// <summary>
/// The real servers that tests run against, by environment variable. Where one is missing the test is skipped, unless the
/// run is meant to be complete (<c>CI=true</c> or <c>PLATFORM_TEST_REQUIRE_SERVERS=true</c>): then it fails.
/// </summary>
public static class TestServers
{
    /// <summary>Npgsql connection string of a superuser.</summary>
    public static string Postgres => Require("PLATFORM_TEST_POSTGRES");

    /// <summary>AMQP address without a virtual host.</summary>
    public static Uri RabbitMq => new(Require("PLATFORM_TEST_RABBITMQ"));

    /// <summary>Whether there is a RabbitMQ to prepare: a fixture that skips would make its tests fail, so it leaves that to them.</summary>
    public static bool HasRabbitMq => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PLATFORM_TEST_RABBITMQ"));

    /// <summary>HTTP address of RabbitMQ's management API; user and password are those of <see cref="RabbitMq"/>.</summary>
    public static Uri RabbitMqManagement => new(Require("PLATFORM_TEST_RABBITMQ_MANAGEMENT"));

    public static string S3 => Require("PLATFORM_TEST_S3");

    public static string S3AccessKey => Require("PLATFORM_TEST_S3_ACCESS_KEY");

    public static string S3SecretKey => Require("PLATFORM_TEST_S3_SECRET_KEY");

    private static bool MustBeThere =>
        IsTrue(Environment.GetEnvironmentVariable("CI")) || IsTrue(Environment.GetEnvironmentVariable("PLATFORM_TEST_REQUIRE_SERVERS"));

    private static string Require(string variable)
    {
        var value = Environment.GetEnvironmentVariable(variable);
        if (!string.IsNullOrEmpty(value))
            return value;

        var message = $"{variable} is not set: run './platform test', which starts the servers.";
        if (MustBeThere)
            Assert.Fail(message);
        Assert.Skip(message);
        return "";
    }

    private static bool IsTrue(string? value) => value is "1" || string.Equals(value, "true", StringComparison.OrdinalIgnoreCase);
}
