using IadNative.Compute;
using IadNative.Compute.Cpu;
using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Operations;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;
using IadNative.Probe;
using IadNative.Tests.Compute.Cpu.Kernels;

namespace IadNative.Tests.Compute.Cpu.Operations;

/// <summary>
/// The affine layer of a MADE block, computed block by block with its map, against its unfused twin: whole products and then the
/// map, whose numbers are the same to the bit but where sums run over the features.
/// </summary>
[TestFixture(typeof(Lanes1))]
[TestFixture(typeof(Lanes128))]
[TestFixture(typeof(Lanes256))]
[TestFixture(typeof(Lanes512))]
internal sealed unsafe class AffineLayerTests<TLanes>
    where TLanes : struct, ILanes<TLanes>
{
    private const int Hidden = 7;

    [Test]
    public void It_computes_what_whole_products_and_the_map_compute(
        [Values(1, 2, 16, 21, 64, 65, 150)] int features, [Values(1, 17, 50)] int samples, [Values] bool reversed,
        [Values] bool innermost) => Check(features, samples, reversed, innermost);

    [Test]
    public void Chunks_grow_where_there_would_be_too_many() => Check(2100, samples: 17, reversed: true, innermost: false);

    private static void Check(int features, int samples, bool reversed, bool innermost)
    {
        var random = new System.Random(features + samples);
        using var team = new ThreadTeam(1);
        (DenseLayer layer, CpuReplica replica) = Layer(features, reversed, random);
        int stride = Padding.Stride(samples), padded = Padding.RoundUp(samples, TLanes.Count);
        var batch = new TrainingBatch(stride, team) { Replica = replica, Samples = samples, Padded = padded };
        FloatBuffer hidden = Rows(Hidden), x = Rows(features), du = Rows(features), before = Rows(1);
        FloatBuffer u = new(features * stride), dx = new(features * stride), dHidden = new(Hidden * stride), after = new(stride);
        Rows(1).Span.CopyTo(batch.Weights.Span);
        var fused = new AffineLayer(layer, stride, team.Size);
        new AffineForwardPass<TLanes>(
            batch, fused, hidden.Pointer, x.Pointer, u.Pointer, innermost ? null : before.Pointer, after.Pointer).Run();
        float[] gradient = new float[replica.Gradient.Length];
        new AffineBackwardPass<TLanes>(
            batch, fused, hidden.Pointer, u.Pointer, du.Pointer, dHidden.Pointer, innermost ? null : dx.Pointer).Run();
        replica.Gradient.Span.CopyTo(gradient);

        FloatBuffer map = new(2 * features * stride), dMap = new(2 * features * stride), plainU = new(features * stride);
        FloatBuffer scales = new(features * stride), plainAfter = new(stride), plainDx = new(features * stride);
        float* w = replica.Parameters.Pointer;
        Matrix.Multiply<TLanes>(
            w, Hidden, 1, 2 * features, Hidden, hidden.Pointer, map.Pointer, stride, padded, w + layer.Bias!.Offset);
        if (!innermost) before.Span.CopyTo(plainAfter.Span);
        AffineMap.Forward<TLanes>(
            x.Pointer, map.Pointer, map.Pointer + (features * stride), plainU.Pointer, scales.Pointer, plainAfter.Pointer, features,
            stride, samples);
        AffineMap.Backward<TLanes>(
            scales.Pointer, u.Pointer, du.Pointer, batch.Weights.Pointer, dMap.Pointer, dMap.Pointer + (features * stride),
            plainDx.Pointer, features, stride, samples);
        Assert.That(Batch(u), Is.EqualTo(Batch(plainU)).And.None.NaN, "u");
        if (!innermost) Assert.That(Batch(dx), Is.EqualTo(Batch(plainDx)).And.None.NaN, "dx");
        var row = new FloatBuffer(Hidden);
        for (int o = 0; o < 2 * features; o++)
        {
            float* d = dMap.Pointer + (o * stride);
            Assert.That(gradient[layer.Bias.Offset + o], Is.EqualTo(Reduce.Sum<TLanes>(d, samples)), $"bias {o}");
            Matrix.WeightGradient<TLanes>(d, hidden.Pointer, row.Pointer, 1, Hidden, stride, padded);
            for (int k = 0; k < Hidden; k++)
            {
                if (layer.Weight.Mask!.Allows(o, k) && gradient[(o * Hidden) + k] != row.Pointer[k])
                    Assert.Fail($"The gradient of weight {o}, {k} is {gradient[(o * Hidden) + k]}, not {row.Pointer[k]}.");
            }
        }

        // Sums over the features, in one order and another.
        double[] logDeterminants = new double[samples], hiddenGradient = new double[Hidden * samples];
        float[][] naiveLogs = [new float[samples], new float[samples]];
        float[][] naiveHidden = [new float[Hidden * samples], new float[Hidden * samples]];
        for (int s = 0; s < samples; s++)
        {
            float start = innermost ? 0 : before.Pointer[s];
            logDeterminants[s] = naiveLogs[0][s] = naiveLogs[1][s] = start;
            for (int n = 0; n < features; n++)
            {
                float a = map.Pointer[((features + n) * stride) + s];
                logDeterminants[s] -= a;
                naiveLogs[0][s] -= a;
                naiveLogs[1][s] -= map.Pointer[((features + features - 1 - n) * stride) + s];
            }

            for (int k = 0; k < Hidden; k++)
            {
                for (int n = 0; n < 2 * features; n++)
                {
                    hiddenGradient[(k * samples) + s] += (double)w[(n * Hidden) + k] * dMap.Pointer[(n * stride) + s];
                    naiveHidden[0][(k * samples) + s] += w[(n * Hidden) + k] * dMap.Pointer[(n * stride) + s];
                    int last = (2 * features) - 1 - n;
                    naiveHidden[1][(k * samples) + s] += w[(last * Hidden) + k] * dMap.Pointer[(last * stride) + s];
                }
            }
        }

        Tolerance.Check(after.Span[..samples], logDeterminants, naiveLogs, "log-determinant");
        Tolerance.Check(Batch(dHidden), hiddenGradient, naiveHidden, "hidden gradient");

        // Zero past the batch up to a whole vector, NaN from there to the next row.
        FloatBuffer Rows(int rows)
        {
            var buffer = new FloatBuffer(rows * stride);
            for (int i = 0; i < buffer.Length; i++)
            {
                int s = i % stride;
                buffer.Pointer[i] = s < samples ? 0.3f * Twin.Problem.Gauss(random) : s < padded ? 0 : float.NaN;
            }

            return buffer;
        }

        float[] Batch(FloatBuffer buffer) =>
        [
            .. Enumerable.Range(0, buffer.Length / stride)
                .SelectMany(row => buffer.Span.Slice(row * stride, samples).ToArray()),
        ];
    }

    private static (DenseLayer Layer, CpuReplica Replica) Layer(int features, bool reversed, System.Random random)
    {
        int[] degrees = [.. Enumerable.Range(0, features).Select(i => reversed ? features - 1 - i : i)];
        var mask = new DegreeMask([.. Enumerable.Range(0, Hidden)], [.. degrees, .. degrees], Strict: true);
        var layout = new TensorLayout();
        TensorSlot weight = layout.Add("weight", 2 * features, Hidden, Initialization.UniformWeight, Hidden, 0, mask);
        TensorSlot bias = layout.Add("bias", 2 * features, 1, Initialization.UniformBias, Hidden, 0);
        var output = new Activation("output", 1);
        var plan = new Plan
        {
            Features = features, Parameters = layout, Statistics = new TensorLayout(),
            Output = output, Scores = new Activation("score", 1), Step = [], Scoring = [],
        };
        var replica = new CpuReplica(plan, new ReplicaSpec(0, 0, []), FeatureView.All(new IadNative.Data.FeatureScaler([], [])), [], TLanes.Count);
        for (int i = 0; i < layout.Length; i++)
        {
            bool isThere = i >= weight.Length || mask.Allows(i / Hidden, i % Hidden);
            replica.Parameters.Pointer[i] = isThere ? 0.3f * Twin.Problem.Gauss(random) : 0;
        }

        return (new DenseLayer("affine", Hidden, 2 * features, weight, bias, null, 1), replica);
    }
}
