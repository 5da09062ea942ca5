namespace IadNative.Reproduction.Figures;

/// <summary>
/// Exact t-SNE into two dimensions (van der Maaten and Hinton, <em>Visualizing Data using t-SNE</em>, 2008): gradient descent on
/// the Kullback-Leibler divergence between neighbourhoods p_ij in the feature space and q_ij ∝ 1/(1 + ‖y_i − y_j‖²) in the
/// plane. Time and memory grow with n²; the same seed gives the same map.
/// </summary>
internal static class Tsne
{
    private const int Iterations = 1000;
    private const int ExaggeratedIterations = 250;
    private const double Exaggeration = 12;
    private const double EarlyMomentum = 0.5, LateMomentum = 0.8;
    private const double GainStep = 0.2, GainShrink = 0.8, LeastGain = 0.01;
    private const double InitialSpread = 1e-4;
    private const double LeastProbability = 1e-12;
    private const int BisectionSteps = 60;

    /// <summary>Maps n points of d features to n points of the plane, centred at the origin.</summary>
    /// <param name="features">n × d, row-major; finite.</param>
    /// <param name="count">n.</param>
    /// <param name="perplexity">How many neighbours a point has, softly counted; at most (n − 1)/3 is used.</param>
    /// <param name="seed">Of the random start.</param>
    /// <returns>n × 2, row-major.</returns>
    /// <exception cref="ArgumentException">There are fewer than two points, or the lengths do not fit.</exception>
    public static double[] Embed(ReadOnlySpan<double> features, int count, double perplexity, int seed)
    {
        if (count < 2) throw new ArgumentException($"t-SNE needs at least two points, not {count}.", nameof(count));
        if (features.Length % count != 0)
            throw new ArgumentException($"{features.Length} numbers are not {count} rows.", nameof(features));
        double neighbours = Math.Min(perplexity, Math.Max(1, (count - 1) / 3.0));
        double[] p = Neighbourhoods(SquaredDistances(features, count), count, neighbours);
        double[] map = new double[2 * count];
        var random = new System.Random(seed);
        for (int i = 0; i < map.Length; i++) map[i] = InitialSpread * NextGaussian(random);
        Descend(p, map, count);
        return map;
    }

    private static double NextGaussian(System.Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] SquaredDistances(ReadOnlySpan<double> features, int count)
    {
        int width = features.Length / count;
        double[] distances = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<double> a = features.Slice(i * width, width);
            for (int j = i + 1; j < count; j++)
            {
                ReadOnlySpan<double> b = features.Slice(j * width, width);
                double sum = 0;
                for (int k = 0; k < width; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
                distances[(i * count) + j] = distances[(j * count) + i] = sum;
            }
        }

        return distances;
    }

    /// <summary>
    /// p_ij = (p_j|i + p_i|j)/2n with p_j|i ∝ exp(−b_i d_ij²), where b_i is found by bisection so that the entropy of p_·|i is
    /// the logarithm of the perplexity.
    /// </summary>
    private static double[] Neighbourhoods(double[] distances, int count, double perplexity)
    {
        double target = Math.Log(perplexity);
        double[] conditional = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            Span<double> row = conditional.AsSpan(i * count, count);
            ReadOnlySpan<double> from = distances.AsSpan(i * count, count);
            double low = 0, high = double.PositiveInfinity, precision = 1 / MeanOf(from);
            for (int step = 0; step < BisectionSteps; step++)
            {
                if (Entropy(from, i, precision, row) > target)
                {
                    low = precision;
                    precision = double.IsPositiveInfinity(high) ? 2 * precision : (low + high) / 2;
                }
                else
                {
                    high = precision;
                    precision = (low + high) / 2;
                }
            }
        }

        double[] joint = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                if (i == j) continue;
                double sum = conditional[(i * count) + j] + conditional[(j * count) + i];
                joint[(i * count) + j] = Math.Max(sum / (2 * count), LeastProbability);
            }
        }

        return joint;
    }

    private static double MeanOf(ReadOnlySpan<double> distances)
    {
        double sum = 0;
        foreach (double distance in distances) sum += distance;
        return sum > 0 ? sum / distances.Length : 1;
    }

    /// <summary>Fills a row with p_·|i and returns its entropy. Distances count from the nearest, so that no sum is 0.</summary>
    private static double Entropy(ReadOnlySpan<double> distances, int self, double precision, Span<double> row)
    {
        double nearest = double.PositiveInfinity, sum = 0, weighted = 0;
        for (int j = 0; j < row.Length; j++)
        {
            if (j != self) nearest = Math.Min(nearest, distances[j]);
        }

        for (int j = 0; j < row.Length; j++)
        {
            double distance = distances[j] - nearest;
            row[j] = j == self ? 0 : Math.Exp(-precision * distance);
            sum += row[j];
            if (row[j] > 0) weighted += row[j] * distance;
        }

        for (int j = 0; j < row.Length; j++) row[j] /= sum;
        return Math.Log(sum) + (precision * weighted / sum);
    }

    private static void Descend(double[] p, double[] map, int count)
    {
        double step = Math.Max(count / Exaggeration / 4, 50);
        double[] velocity = new double[map.Length];
        double[] gains = new double[map.Length];
        double[] gradient = new double[map.Length];
        double[] kernel = new double[count * count];
        Array.Fill(gains, 1);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            bool early = iteration < ExaggeratedIterations;
            Gradient(p, map, count, early ? Exaggeration : 1, kernel, gradient);
            double momentum = early ? EarlyMomentum : LateMomentum;
            for (int i = 0; i < map.Length; i++)
            {
                // Velocity goes down the gradient while the two differ in sign.
                bool isDescending = gradient[i] > 0 != velocity[i] > 0;
                gains[i] = Math.Max(isDescending ? gains[i] + GainStep : gains[i] * GainShrink, LeastGain);
                velocity[i] = (momentum * velocity[i]) - (step * gains[i] * gradient[i]);
                map[i] += velocity[i];
            }

            Center(map, count);
        }
    }

    /// <summary>dC/dy_i = 4 Σ_j (p_ij − q_ij)(y_i − y_j)/(1 + ‖y_i − y_j‖²).</summary>
    private static void Gradient(double[] p, double[] map, int count, double exaggeration, double[] kernel, double[] gradient)
    {
        double total = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                double dx = map[2 * i] - map[2 * j], dy = map[(2 * i) + 1] - map[(2 * j) + 1];
                double value = 1 / (1 + (dx * dx) + (dy * dy));
                kernel[(i * count) + j] = value;
                total += 2 * value;
            }
        }

        Array.Clear(gradient);
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                double value = kernel[(i * count) + j];
                double force = 4 * ((exaggeration * p[(i * count) + j]) - Math.Max(value / total, LeastProbability)) * value;
                double fx = force * (map[2 * i] - map[2 * j]), fy = force * (map[(2 * i) + 1] - map[(2 * j) + 1]);
                gradient[2 * i] += fx;
                gradient[(2 * i) + 1] += fy;
                gradient[2 * j] -= fx;
                gradient[(2 * j) + 1] -= fy;
            }
        }
    }

    private static void Center(double[] map, int count)
    {
        for (int axis = 0; axis < 2; axis++)
        {
            double mean = 0;
            for (int i = 0; i < count; i++) mean += map[(2 * i) + axis];
            mean /= count;
            for (int i = 0; i < count; i++) map[(2 * i) + axis] -= mean;
        }
    }
}
