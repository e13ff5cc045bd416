using Dapper;
using Npgsql;
using Platform.Dsp;
using Platform.Features.Devices;
using Platform.Features.Recordings;

namespace Platform.Features.Extracting;

/// <summary>Rows of the feature sets whose patches stand in the object store.</summary>
internal sealed class FeatureSetStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    public async Task<StoredSet?> Find(Guid recordingId, string extractionHash, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT object_key, sha256, extraction_hash, patch_count, duration_seconds FROM feature_set
            WHERE recording_id = @recordingId AND extraction_hash = @extractionHash
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<StoredSet>(
            new CommandDefinition(sql, new { recordingId, extractionHash }, cancellationToken: cancellationToken));
    }

    /// <summary>Keeps what is known of a set; a second call for the same recording and extraction changes nothing.</summary>
    public async Task Save(Recording recording, StoredSet stored, FeatureSummary set, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO feature_set (
                recording_id, extraction_hash, object_key, sha256, patch_count, level_min, level_max, relative_min, rms, spectral_centroid,
                band_mean, band_variance, sample_rate, channels, duration_seconds, peak, clipped_fraction, silent_fraction, truncated, extracted_at)
            VALUES (
                @RecordingId, @ExtractionHash, @ObjectKey, @Sha256, @PatchCount, @Min, @Max, @RelativeMin, @Rms, @SpectralCentroid,
                @BandMean, @BandVariance, @SampleRate, @Channels, @seconds, @Peak, @ClippedFraction, @SilentFraction, @Truncated, @now)
            ON CONFLICT (recording_id, extraction_hash) DO NOTHING
            """;

        var values = new
        {
            recording.RecordingId,
            stored.ExtractionHash,
            stored.ObjectKey,
            stored.Sha256,
            stored.PatchCount,
            set.Levels.Min,
            set.Levels.Max,
            set.Levels.RelativeMin,
            set.Rms,
            set.SpectralCentroid,
            set.BandMean,
            set.BandVariance,
            set.Audio.SampleRate,
            set.Audio.Channels,
            seconds = set.Audio.Duration.TotalSeconds,
            set.Audio.Peak,
            set.Audio.ClippedFraction,
            set.Audio.SilentFraction,
            set.Audio.Truncated,
            now = time.GetUtcNow().UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken)) == 1)
            await DeviceStore.MarkChanged(transaction, [recording.Device], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

internal sealed record StoredSet(string ObjectKey, string Sha256, string ExtractionHash, int PatchCount, double? DurationSeconds = null);
