using System.Security.Cryptography;
using System.Text.Json;

namespace Platform.Cli.State;

/// <summary>Passwords of one state folder, random, made once, readable by the owner only.</summary>
internal sealed record Secrets(string Postgres, string Services, string RabbitMq, string S3AccessKey, string S3SecretKey)
{
    public static Secrets LoadOrCreate(StateFolder state)
    {
        var path = Path.Combine(state.Root, "secrets.json");
        if (File.Exists(path))
            return JsonSerializer.Deserialize<Secrets>(File.ReadAllText(path)) ?? throw new PlatformException($"{path} holds no secrets; delete {state.Root} to start afresh.");

        Directory.CreateDirectory(state.Root);
        var secrets = new Secrets(Random(), Random(), Random(), "platform", Random());
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var stream = new FileStream(path + ".tmp", options))
            JsonSerializer.Serialize(stream, secrets);
        File.Move(path + ".tmp", path);
        return secrets;
    }

    /// <summary>Letters and digits only, so that it can stand in URLs, connection strings and SQL as it is.</summary>
    private static string Random() => RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 24);
}
