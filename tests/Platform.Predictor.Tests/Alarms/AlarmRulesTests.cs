using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Platform.Predictor.Tests;

/// <summary>Rules of devices while many people set them, on two replicas, and the database is not always there.</summary>
public sealed class AlarmRulesTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rules_that_many_set_and_forget_at_once_end_as_one_of_them_said()
    {
        var device = await platform.KnownDevice();
        HttpClient[] replicas = [platform.Replica.Http, (await platform.AddReplica()).Http];
        await platform.Deploy(SampleModel.Telling(device, seed: 1, SampleAudio.Hum(), SampleAudio.Rattle()), 1);
        var scoring = Task.Run(async () =>
        {
            for (var i = 0; i < 30; i++)
                await platform.Score(SampleAudio.Rattle(i), device, Noon.AddMinutes(i)); // reads the rules under the device's lock
        }, Token);

        var answers = await Task.WhenAll(Enumerable.Range(0, 600).Select(i => Task.Run(async () =>
        {
            var (http, path) = (replicas[i % 2], $"devices/{device}/alarm-rules");
            if (i % 7 == 3)
            {
                // Somebody who does not wait for the answer.
                using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
                impatient.CancelAfter(TimeSpan.FromMilliseconds(i % 11));
                try
                {
                    using var _ = await http.PutAsJsonAsync(path, new { openAfter = 2, ofLast = 5, by = "impatient" }, impatient.Token);
                }
                catch (OperationCanceledException) when (!Token.IsCancellationRequested)
                {
                }

                return HttpStatusCode.OK;
            }

            using var answer = i % 5 == 0 ? await http.DeleteAsync(path, Token) : await http.PutAsJsonAsync(path, new { openAfter = 1 + i % 3, ofLast = 5, by = $"{i}" }, Token);
            return answer.StatusCode;
        }, Token)));
        await scoring;

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        using var last = await replicas[1].PutAsJsonAsync($"devices/{device}/alarm-rules", new { openAfter = 3, ofLast = 4, by = "ann" }, Token);
        var kept = await platform.Get<JsonElement>($"devices/{device}/alarm-rules");
        Assert.Equal((3, "ann"), (kept.GetProperty("openAfter").GetInt32(), kept.GetProperty("own").GetProperty("setBy").GetString()));
    }

    [Fact]
    public async Task A_database_that_ends_connections_is_not_there_for_a_moment_and_no_fault_of_the_service()
    {
        var device = await platform.KnownDevice();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 40; i++)
        {
            if (i % 4 == 0) // as a restart of the database does
            {
                await platform.Rows<bool>(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", new { });
            }

            using var answer = await platform.Replica.Http.PutAsJsonAsync($"devices/{device}/alarm-rules", new { openAfter = 1, ofLast = 2 }, Token);
            answers.Add(answer.StatusCode);
        }

        Assert.All(answers, answer => Assert.True(answer is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, string.Join(' ', answers.Select(one => (int)one))));
        Assert.Contains(HttpStatusCode.OK, answers);
    }
}
