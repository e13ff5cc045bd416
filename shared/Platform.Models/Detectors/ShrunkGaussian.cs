using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Models;

/// <summary>
/// A Gaussian whose covariance was shrunk towards its diagonal, so that fewer samples than dimensions are enough. Immutable, so threads may
/// share it.
/// </summary>
/// <param name="Centre">[d]</param>
/// <param name="Whitening">
/// [d, d], row-major and lower triangular: inverse of the covariance's Cholesky factor, so that <c>whitening @ (x − centre)</c> has unit
/// covariance. Stored instead of the covariance, so that every reader multiplies and none has to invert.
/// </param>
public sealed record ShrunkGaussian(double[] Centre, double[] Whitening)
{
    // Below that many samples a correlation of one says nothing.
    private const double LeastShrinkage = 0.01;

    public int Dimensions => Centre.Length;

    /// <summary>Ledoit and Wolf's shrinkage of the correlations towards none (Schäfer and Strimmer's target D).</summary>
    /// <param name="samples">Each [d].</param>
    /// <param name="leastDeviation">
    /// Standard deviations are taken to be no smaller: a band that was the same in all samples must not make the slightest change infinite.
    /// </param>
    public static ShrunkGaussian Fit(IReadOnlyList<double[]> samples, double leastDeviation)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples.Count, 2, nameof(samples));
        var (n, d) = (samples.Count, samples[0].Length);
        var centre = new double[d];
        foreach (var sample in samples)
        {
            for (var i = 0; i < d; i++)
                centre[i] += sample[i] / n;
        }

        // 1. standard scores, one row per dimension
        var scores = new double[d][];
        var deviation = new double[d];
        for (var i = 0; i < d; i++)
        {
            var (row, squares) = (new double[n], 0.0);
            for (var k = 0; k < n; k++)
            {
                row[k] = samples[k][i] - centre[i];
                squares += row[k] * row[k];
            }

            deviation[i] = Math.Max(Math.Sqrt(squares / n), leastDeviation);
            for (var k = 0; k < n; k++)
                row[k] /= deviation[i];
            scores[i] = row;
        }

        // 2. correlations, and how sure each of them is
        var correlation = new double[d * d];
        var (uncertainty, strength) = (0.0, 0.0);
        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (sum, squares) = (0.0, 0.0);
                for (var k = 0; k < n; k++)
                {
                    var product = scores[i][k] * scores[j][k];
                    sum += product;
                    squares += product * product;
                }

                var r = sum / n;
                correlation[i * d + j] = r;
                uncertainty += (squares / n - r * r) / n;
                strength += r * r;
            }
        }

        var shrinkage = strength > 0 ? Math.Clamp(uncertainty / strength, LeastShrinkage, 1) : 1;
        return Of(centre, deviation, correlation, shrinkage);
    }

    /// <summary>Of zero-centred samples that are only known by the sum of their products.</summary>
    /// <param name="products">[d, d], the lower triangle: sums over the samples of x_i · x_j.</param>
    public static ShrunkGaussian OfProducts(double[] products, int d, double samples, double shrinkage, double leastDeviation)
    {
        var (deviation, correlation) = (new double[d], new double[d * d]);
        for (var i = 0; i < d; i++)
        {
            deviation[i] = Math.Max(Math.Sqrt(products[i * d + i] / samples), leastDeviation);
            for (var j = 0; j < i; j++)
                correlation[i * d + j] = products[i * d + j] / samples / (deviation[i] * deviation[j]);
        }

        return Of(new double[d], deviation, correlation, shrinkage);
    }

    /// <summary>Mean over the dimensions of the squared standardised deviations: about 1 for what is usual.</summary>
    public double Distance(ReadOnlySpan<double> sample)
    {
        var sum = 0.0;
        foreach (var value in Whiten(sample))
            sum += value * value;
        return sum / Dimensions;
    }

    /// <summary><c>whitening @ (sample − centre)</c></summary>
    public double[] Whiten(ReadOnlySpan<double> sample)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sample.Length, Dimensions, nameof(sample));
        var (d, white) = (Dimensions, new double[Dimensions]);
        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j <= i; j++)
                white[i] += Whitening[i * d + j] * (sample[j] - Centre[j]);
        }

        return white;
    }

    /// <summary>The largest <see cref="Distance"/> among many samples, each a column of [d, count]; for those the centre is zero.</summary>
    public double LargestDistance(ReadOnlySpan<double> columns, int count)
    {
        var (d, largest) = (Dimensions, 0.0);
        var (white, sums) = (new double[count], new double[count]);
        for (var i = 0; i < d; i++)
        {
            Array.Clear(white);
            for (var j = 0; j <= i; j++)
                AddScaled(columns.Slice(j * count, count), Whitening[i * d + j], white);
            for (var k = 0; k < count; k++)
                sums[k] += white[k] * white[k];
        }

        foreach (var sum in sums)
            largest = Math.Max(largest, sum / d);
        return largest;
    }

    private static void AddScaled(ReadOnlySpan<double> row, double factor, Span<double> to)
    {
        var from = MemoryMarshal.Cast<double, Vector<double>>(row);
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(to);
        for (var i = 0; i < from.Length; i++)
            vectors[i] += from[i] * factor;
        for (var i = from.Length * Vector<double>.Count; i < row.Length; i++)
            to[i] += row[i] * factor;
    }

    private static ShrunkGaussian Of(double[] centre, double[] deviation, double[] correlation, double shrinkage)
    {
        // 3. covariance = shrunk correlation with ones on its diagonal, its Cholesky factor in place
        var d = centre.Length;
        var factor = new double[d * d];
        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = i == j ? 1 : (1 - shrinkage) * correlation[i * d + j];
                for (var k = 0; k < j; k++)
                    sum -= factor[i * d + k] * factor[j * d + k];
                factor[i * d + j] = i == j ? Math.Sqrt(sum) : sum / factor[j * d + j];
            }
        }

        // 4. its inverse, row by row, with the standard deviations put back
        var inverse = new double[d * d];
        for (var i = 0; i < d; i++)
        {
            inverse[i * d + i] = 1 / factor[i * d + i];
            for (var j = 0; j < i; j++)
            {
                var sum = 0.0;
                for (var k = j; k < i; k++)
                    sum += factor[i * d + k] * inverse[k * d + j];
                inverse[i * d + j] = -sum / factor[i * d + i];
            }
        }

        for (var i = 0; i < d; i++)
        {
            for (var j = 0; j <= i; j++)
                inverse[i * d + j] /= deviation[j];
        }

        return new ShrunkGaussian(centre, inverse);
    }
}
