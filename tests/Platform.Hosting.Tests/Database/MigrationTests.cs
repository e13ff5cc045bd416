using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Testing;

namespace Platform.Hosting.Tests;

public sealed class MigrationTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string CreateThing = "CREATE TABLE thing (id int PRIMARY KEY); SELECT pg_sleep(0.2);";
    private const string AddName = "ALTER TABLE thing ADD COLUMN name text";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_that_start_at_once_apply_each_migration_once_and_in_order()
    {
        var files = Files(("0010_add_name.sql", AddName), ("0001_thing.sql", CreateThing));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrate("features", files)));

        await using var connection = Connect();
        var applied = await connection.QueryAsync<string>("SELECT name FROM features.schema_migration ORDER BY applied_at");
        Assert.Equal(["0001_thing.sql", "0010_add_name.sql"], applied);
        Assert.Equal(0, await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM features.thing WHERE name IS NULL"));
        Assert.Equal(0, await connection.ExecuteScalarAsync<int>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_stops_the_start()
    {
        await Migrate("registry", Files(("0001_thing.sql", CreateThing)));

        var refused = await Assert.ThrowsAsync<StartupException>(
            () => Migrate("registry", Files(("0001_thing.sql", CreateThing + " -- better"))));

        Assert.Contains("0001_thing.sql", refused.Message, StringComparison.Ordinal);
        Assert.Contains("changed after it was applied", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_ends_are_no_change()
    {
        await Migrate("recovery", Files(("0001_thing.sql", "CREATE TABLE thing\n(id int);\n")));

        await Migrate("recovery", Files(("0001_thing.sql", "CREATE TABLE thing\r\n(id int);\r\n")));
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_and_is_named()
    {
        var failed = await Assert.ThrowsAsync<StartupException>(
            () => Migrate("predictor", Files(("0001_half.sql", "CREATE TABLE half (id int); SELECT 1/0"))));

        Assert.Contains("0001_half.sql of predictor failed: division by zero", failed.Message, StringComparison.Ordinal);
        await using var connection = Connect();
        Assert.Null(await connection.ExecuteScalarAsync<string?>("SELECT to_regclass('predictor.half')::text"));
    }

    [Theory]
    [InlineData("1_short.sql", "is not named NNNN_what.sql")]
    [InlineData("0001_Bad Name.sql", "is not named NNNN_what.sql")]
    public async Task A_badly_named_file_is_refused(string name, string reason)
    {
        var refused = await Assert.ThrowsAsync<StartupException>(() => Migrate("ingest", Files((name, "SELECT 1"))));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_files_of_one_number_are_refused()
    {
        var refused = await Assert.ThrowsAsync<StartupException>(
            () => Migrate("ingest", Files(("0001_a.sql", "SELECT 1"), ("0001_b.sql", "SELECT 1"))));

        Assert.Contains("number 0001", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_was_not_provisioned_is_named()
    {
        var refused = await Assert.ThrowsAsync<StartupException>(() => Migrate("nobody", Files(), role: "ingest"));

        Assert.Contains("schema 'nobody' does not exist", refused.Message, StringComparison.Ordinal);
        Assert.Contains("provision.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_cannot_read_the_schema_of_another()
    {
        await Migrate("features", Files(("0001_thing.sql", CreateThing), ("0010_add_name.sql", AddName)));
        await using var connection = new NpgsqlConnection(database.ConnectionString("ingest"));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync("SELECT * FROM features.thing"));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    private async Task Migrate(string service, Dictionary<string, string> files, string? role = null)
    {
        var settings = new Dictionary<string, string> { ["Database__ConnectionString"] = database.ConnectionString(role ?? service) };
        await using var app = TestHost.Build(
            settings,
            builder =>
            {
                builder.AddDatabase();
                builder.Services.AddSingleton(new MigrationSource(service, files));
            },
            service);
        await app.Services.GetRequiredService<DatabaseMigrator>().Migrate(Token);
    }

    private NpgsqlConnection Connect() => new(database.AdminConnectionString);

    private static Dictionary<string, string> Files(params (string Name, string Sql)[] files) =>
        files.ToDictionary(file => file.Name, file => file.Sql);
}
