using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Platform.Dsp;

/// <summary>
/// The text that the hashes are taken of. Values that default to something derived (fmax, frames, pad) are written out, so a spec that
/// names them and one that does not are the same spec. Any change here changes every hash: raise <see cref="FeatureSpec.Format"/> with it.
/// </summary>
internal static class CanonicalJson
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static string Write(Extraction extraction, View? view)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", FeatureSpec.Format);
            WriteExtraction(json, extraction);
            if (view is not null)
                WriteView(json, view, extraction);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    internal static FeatureSpec Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var format = root.GetProperty("format").GetInt32();
            if (format != FeatureSpec.Format)
                throw new InvalidDataException($"Feature spec has format {format}, this version reads {FeatureSpec.Format}.");

            return new FeatureSpec(
                null,
                root.GetProperty("extraction").Deserialize<Extraction>(Options) ?? throw new InvalidDataException("extraction is null."),
                root.GetProperty("view").Deserialize<View>(Options) ?? throw new InvalidDataException("view is null."));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"Not the JSON of a feature spec: {error.Message}", error);
        }
    }

    internal static string Hash(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));

    private static void WriteExtraction(Utf8JsonWriter json, Extraction extraction)
    {
        json.WriteStartObject("extraction");
        json.WriteNumber("sample_rate", extraction.SampleRate);
        json.WriteString("channel", extraction.ChannelIndex?.ToString(CultureInfo.InvariantCulture) ?? extraction.Channel);
        json.WriteNumber("win_seconds", extraction.WinSeconds);
        json.WriteNumber("hop_seconds", extraction.HopSeconds);
        json.WriteNumber("n_fft", extraction.NFft);
        json.WriteNumber("hop_length", extraction.HopLength);
        json.WriteNumber("n_mels", extraction.NMels);
        json.WriteString("mel", extraction.Mel);
        json.WriteNumber("fmin", extraction.FMin);
        json.WriteNumber("fmax", extraction.UpperEdge);
        json.WriteNumber("power", extraction.Power);
        json.WriteEndObject();
    }

    private static void WriteView(Utf8JsonWriter json, View view, Extraction extraction)
    {
        json.WriteStartObject("view");
        json.WriteString("reference", view.Reference);
        json.WriteNumber("amin", view.Amin);
        json.WriteNumber("top_db", view.TopDb);
        json.WriteNumber("frames", view.FramesFor(extraction));
        json.WriteNumber("pad", view.PadDb);
        json.WriteEndObject();
    }
}
