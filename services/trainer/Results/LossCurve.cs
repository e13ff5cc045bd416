using System.Globalization;
using System.Text;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>Training and validation loss over steps as a small SVG, on a logarithmic scale.</summary>
internal static class LossCurve
{
    private const int Width = 720;
    private const int Height = 360;
    private const int Left = 70;
    private const int Top = 30;
    private const int Bottom = 320;
    private const int Right = 700;

    internal static byte[] Draw(IReadOnlyList<MetricPoint> metrics, int bestStep)
    {
        double[] losses = [.. metrics.SelectMany(point => new[] { point.TrainingLoss, point.ValidationLoss }).OfType<double>().Where(loss => loss > 0)];
        var (low, high) = losses.Length == 0 ? (0.1, 1.0) : (losses.Min(), losses.Max());
        if (high <= low)
            high = low * 1.1;
        var last = Math.Max(metrics.Count == 0 ? 1 : metrics[^1].Step, 1);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="white"/>
            <path d="M{Left} {Top}V{Bottom}H{Right}" fill="none" stroke="#444"/>
            <text x="{Left - 8}" y="{Top + 4}" text-anchor="end">{high:g3}</text>
            <text x="{Left - 8}" y="{Bottom}" text-anchor="end">{low:g3}</text>
            <text x="{Right}" y="{Bottom + 18}" text-anchor="end">step {last}</text>
            <text x="{Left}" y="{Top - 12}" fill="#1f77b4">training loss</text>
            <text x="{Left + 100}" y="{Top - 12}" fill="#d62728">validation loss</text>
            <text x="{Left + 210}" y="{Top - 12}" fill="#2ca02c">best: step {bestStep}</text>
            <path d="M{X(bestStep):f1} {Top}V{Bottom}" stroke="#2ca02c" stroke-dasharray="4"/>

            """);
        Line(point => point.TrainingLoss, "#1f77b4");
        Line(point => point.ValidationLoss, "#d62728");
        svg.Append("</svg>\n");
        return Encoding.UTF8.GetBytes(svg.ToString());

        double X(int step) => Left + (double)(Right - Left) * step / last;
        double Y(double loss) => Bottom - (Bottom - Top) * Math.Log(loss / low) / Math.Log(high / low);

        void Line(Func<MetricPoint, double?> loss, string colour)
        {
            var points = metrics.Where(point => loss(point) > 0)
                .Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):f1},{Y(loss(point)!.Value):f1}"));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke=\"{colour}\" points=\"{string.Join(' ', points)}\"/>\n");
        }
    }
}
