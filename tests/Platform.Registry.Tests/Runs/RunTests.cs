using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Runs;

public sealed class RunTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_run_is_queued_and_its_preparation_requested()
    {
        var device = await Registry.NewDevice();

        var response = await Registry.Post("runs", new { mode = "device", device, parameters = new { maxSteps = 400, seed = 7, fromDay = "2026-03-01", sampleHours = 1.5 } });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
        var id = body.GetProperty("id").GetGuid();
        Assert.Equal($"/runs/{id}", response.Headers.Location!.ToString());
        Assert.Equal("queued", body.GetProperty("state").GetString());
        Assert.Equal($"device/{device}_all/conv-ae", body.GetProperty("modelId").GetString());
        Assert.Matches($"^device_{device}_all_conv-ae_[0-9]{{8}}_[0-9]{{6}}_{id.ToString("N")[..6]}$", body.GetProperty("name").GetString());

        await Eventually.Is(() => Registry.Heard<PrepareTraining>().Any(message => message.RunId == id));
        var prepare = Registry.Heard<PrepareTraining>().Single(message => message.RunId == id);
        Assert.Equal([device], prepare.Scope.Devices);
        Assert.Null(prepare.Champion);
        Assert.Equal(new TrainingParameters { MaxSteps = 400, Seed = 7, FromDay = "2026-03-01", SampleHours = 1.5 }, prepare.Parameters);
        Assert.Equal(prepare.Parameters, (await Registry.GetRun(id)).Parameters);
        Assert.Equal(id, (await Registry.Get<Run>($"runs/{prepare.RunName}")).Id);
    }

    [Fact]
    public async Task Of_many_clicks_at_once_one_starts_a_run_and_the_others_get_its_id()
    {
        var device = await Registry.NewDevice();

        var responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Registry.Post("runs", new { mode = "device", device })));

        var accepted = Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Accepted);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("id").GetGuid();
        foreach (var refused in responses.Except([accepted]))
        {
            var problem = await Problem(refused, HttpStatusCode.Conflict);
            Assert.Equal(id, problem.GetProperty("activeRunId").GetGuid());
        }

        await Eventually.Is(() => Registry.Heard<PrepareTraining>().Any(message => message.RunId == id));
        Assert.Single(Registry.Heard<PrepareTraining>(), message => message.Scope.Devices.Contains(device));
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        var (one, other) = (await Registry.NewDevice(), await Registry.NewDevice());
        await Registry.StartRun(one, name: "night-run");

        var response = await Registry.Post("runs", new { mode = "device", device = other, name = "night-run" });

        var problem = await Problem(response, HttpStatusCode.Conflict);
        Assert.Contains("'night-run' exists already", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await Registry.StartRun(other, name: "night-run-2");
    }

    [Theory]
    [InlineData("""{"mode":"device","device":"LT-999"}""", "unknown device: 'LT-999'")]
    [InlineData("""{"mode":"device","device":"a b"}""", "'a b' is not a code")]
    [InlineData("""{"device":"LT-1"}""", "allowed are 'device', 'machine_type', 'site', 'global'")]
    [InlineData("""{"mode":"device","device":"LT-999","name":"a/b","parameters":{"batchSize":0}}""", "batchSize: 0 is out of range; allowed is 1 to 4096")]
    [InlineData("""{"mode":"device","device":"LT-999","parameters":{"learningRat":0.1}}""", "learningRat")]
    [InlineData("""{"mode":"device","device":"LT-999","parameters":{"maxSteps":"many"}}""", "parameters.maxSteps: 'many' is not allowed; it takes a whole number.")]
    [InlineData("""{"mode":"device","device":7}""", "$.device")]
    [InlineData("""{"mode":""", "$")]
    [InlineData("null", "")]
    [InlineData("", "")]
    public async Task Bad_input_is_a_problem_that_names_it(string json, string detail)
    {
        var response = await Registry.Http.PostAsync(
            "runs", new StringContent(json, Encoding.UTF8, "application/json"), CancellationToken);

        var problem = await Problem(response, HttpStatusCode.BadRequest);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs?state=asleep", HttpStatusCode.BadRequest)]
    [InlineData("runs?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("runs?limit=501", HttpStatusCode.BadRequest)]
    [InlineData("runs?limit=x", HttpStatusCode.BadRequest)]
    [InlineData("runs/nobody", HttpStatusCode.NotFound)]
    [InlineData("runs/nobody/epochs", HttpStatusCode.NotFound)]
    [InlineData("models/device/NOBODY_all/conv-ae", HttpStatusCode.NotFound)]
    [InlineData("deployments?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("runs?modelId=a%00b", HttpStatusCode.BadRequest)]
    public async Task A_bad_question_is_a_problem(string path, HttpStatusCode status) =>
        await Problem(await Registry.Http.GetAsync(path, CancellationToken), status);

    [Fact]
    public async Task A_run_goes_from_queued_to_preparing_to_running_and_keeps_its_epochs()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());

        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Preparing, 50));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Preparing);
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 10, epoch: 1, loss: 0.5));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Running);
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 20, epoch: 2, loss: 0.25));
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Evaluating, 20));

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Phase == TrainingPhases.Evaluating);
        var shown = await Registry.GetRun(run.Id);
        Assert.Equal((RunStates.Running, 20, 400), (shown.State, shown.Step, shown.MaxSteps));
        Assert.NotNull(shown.StartedAt);
        await Eventually.Is(async () => (await Registry.Get<EpochRow[]>($"runs/{run.Id}/epochs")).Length == 2);
        var epochs = await Registry.Get<EpochRow[]>($"runs/{run.Id}/epochs");
        Assert.Equal([(1, 0.5, 1.0), (2, 0.25, 0.5)], epochs.Select(epoch => (epoch.Epoch, epoch.TrainingLoss!.Value, epoch.ValidationLoss!.Value)));
    }

    [Fact]
    public async Task Reports_that_come_late_turn_nothing_back_but_are_signs_of_life_and_epochs_of_their_own()
    {
        var progress = new RunProgressStore(Registry.Database, TimeProvider.System);
        var run = await Registry.StartRun(await Registry.NewDevice());
        await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Packaging, 1_000_040), CancellationToken);
        var before = await Registry.GetRun(run.Id);

        Assert.True(await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Evaluating, 1_000_040), CancellationToken));
        Assert.True(await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 1_000_040, epoch: 4, loss: 0.1), CancellationToken));
        Assert.True(await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 30, epoch: 3, loss: 0.2), CancellationToken));
        Assert.True(await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 25, epoch: 3, loss: 0.9), CancellationToken));
        Assert.True(await progress.Apply(RegistryFixture.Progress(run.Id, TrainingPhases.Preparing, 9_000_000), CancellationToken));

        var after = await Registry.GetRun(run.Id);
        Assert.True(after.ProgressedAt > before.ProgressedAt);
        Assert.Equal(JsonSerializer.Serialize(before with { ProgressedAt = after.ProgressedAt }), JsonSerializer.Serialize(after));
        var epochs = await progress.Epochs(run.Id, after: -1, CancellationToken);
        Assert.Equal([(3, 30, 0.2), (4, 40, 0.1)], epochs.Select(epoch => (epoch.Epoch, epoch.Step, epoch.TrainingLoss!.Value)));
    }

    [Fact]
    public async Task Too_little_data_ends_a_run_as_not_possible()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());

        await Registry.Publish(new TrainingNotPossible(run.Id, "Too few recordings.", 1, 2, DateTimeOffset.UtcNow));

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.NotPossible);
        var ended = await Registry.GetRun(run.Id);
        Assert.Equal("Too few recordings. (available 1, required 2)", ended.Reason);
        Assert.NotNull(ended.EndedAt);
        await Registry.StartRun(run.Devices[0]); // the model is free again
    }

    [Fact]
    public async Task A_failed_run_stays_failed_whatever_comes_late()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await Registry.Publish(new TrainingFailed(run.Id, "The loss is not a number.", 0, 5, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed);

        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 10, epoch: 1, loss: 0.5));
        await Registry.Publish(new TrainingNotPossible(run.Id, "Late.", 1, 2, DateTimeOffset.UtcNow));
        await Registry.Publish(await Registry.Train(run));
        var marker = $"runs/{run.Name}/cancelled"; // the late report shows that somebody works on; this stops it
        await Eventually.Is(async () => await Registry.Objects.Find(marker, CancellationToken) is not null);
        await Registry.Complete(await Registry.StartRun(await Registry.NewDevice())); // the queues are worked off

        var ended = await Registry.GetRun(run.Id);
        Assert.Equal((RunStates.Failed, "The loss is not a number.", (int?)null), (ended.State, ended.Reason, ended.Version));
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{run.ModelId}", CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Cancelling_ends_a_run_and_leaves_the_marker_that_stops_its_trainer()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 10, epoch: 1, loss: 0.5));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Running);

        foreach (var which in new[] { run.Id.ToString(), run.Name })
        {
            var response = await Registry.Http.PostAsync($"runs/{which}/cancel", null, CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(RunStates.Cancelled, (await Registry.GetRun(run.Id)).State);
        var marker = JsonDocument.Parse(await Registry.Objects.ReadAll($"runs/{run.Name}/cancelled", CancellationToken));
        Assert.Equal("Cancelled by request.", marker.RootElement.GetProperty("reason").GetString());
        await Registry.StartRun(run.Devices[0]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(TrainingPhases.Preparing)]
    [InlineData(TrainingPhases.Training)]
    public async Task A_cancelled_run_stays_cancelled_whatever_comes_late(string? phase)
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        if (phase is not null)
        {
            await Registry.Publish(RegistryFixture.Progress(run.Id, phase, 10, epoch: 1, loss: 0.5));
            await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Phase == phase);
        }

        Assert.Equal(HttpStatusCode.OK, (await Registry.Http.PostAsync($"runs/{run.Id}/cancel", null, CancellationToken)).StatusCode);
        Assert.NotNull(await Registry.Objects.Find($"runs/{run.Name}/cancelled", CancellationToken)); // features and trainers look for it
        await Registry.Publish(RegistryFixture.Slice(run, slice: 0));
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 20, epoch: 2, loss: 0.4));
        await Registry.Publish(await Registry.Train(run));
        await Registry.Publish(new TrainingFailed(run.Id, "Late.", 0, 0, DateTimeOffset.UtcNow));
        await SendDeadLetter(run, slice: 0);
        await Registry.Complete(await Registry.StartRun(await Registry.NewDevice())); // the queues are worked off

        var ended = await Registry.GetRun(run.Id);
        Assert.Equal((RunStates.Cancelled, "Cancelled by request.", (int?)null), (ended.State, ended.Reason, ended.Version));
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{run.ModelId}", CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task What_has_ended_or_never_was_cannot_be_cancelled()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));

        await Problem(await Registry.Http.PostAsync($"runs/{run.Id}/cancel", null, CancellationToken), HttpStatusCode.Conflict);
        await Problem(await Registry.Http.PostAsync($"runs/{Guid.NewGuid()}/cancel", null, CancellationToken), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_dead_letter_of_the_trainer_fails_its_run()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());

        await SendDeadLetter(run, slice: 3);

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed);
        Assert.Contains("5 attempts in a row came to no new checkpoint: slice 3", (await Registry.GetRun(run.Id)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dead_letter_of_a_slice_that_was_handed_on_does_not_end_the_run()
    {
        var (run, other) = (await Registry.StartRun(await Registry.NewDevice()), await Registry.StartRun(await Registry.NewDevice()));
        await Registry.Publish(RegistryFixture.Slice(run, slice: 4));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Slice == 4);

        await SendDeadLetter(run, slice: 3);
        await SendDeadLetter(other, slice: 0); // comes after it
        await Eventually.Is(async () => (await Registry.GetRun(other.Id)).State == RunStates.Failed);
        Assert.Null((await Registry.GetRun(run.Id)).Reason);

        await SendDeadLetter(run, slice: 4);
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed);
    }

    private Task SendDeadLetter(Run run, int slice) => Registry.Vhost.Send("trainer-train-requested-dead", JsonSerializer.Serialize(
        new { messageId = Guid.NewGuid(), messageType = new[] { "urn:message:Platform.Contracts:TrainRequested" }, message = RegistryFixture.Slice(run, slice) },
        JsonSerializerOptions.Web));

    private static async Task<JsonElement> Problem(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync(CancellationToken);
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        return JsonDocument.Parse(body).RootElement;
    }
}
