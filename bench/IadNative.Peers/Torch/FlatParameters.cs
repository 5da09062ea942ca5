using IadNative.Bench.Versus.Exchange;
using static TorchSharp.torch;

namespace IadNative.Peers.Torch;

/// <summary>
/// All parameters in one tensor, all gradients in another, both seen through views, and Adam written out over the whole: seven
/// operations whatever the number of layers. Masked-out weights start at zero and stay there, since one product masks all
/// gradients.
/// </summary>
internal sealed class FlatParameters : TorchParameters
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly Tensor _values, _gradient, _first, _second, _rest1 = tensor((float)(1 - Beta1));
    private readonly Tensor? _mask;
    private long _steps;

    public FlatParameters(ProblemData data)
        : base(data)
    {
        long length = data.ParameterCount;
        (_values, _gradient, _first, _second) = (zeros(length), zeros(length), zeros(length), zeros(length));
        _mask = data.Mask.Length == 0 ? null : tensor(data.Mask);
    }

    public override Tensor Masked(Slot slot, Tensor leaf) => leaf;

    public override void ZeroGradient() => _gradient.zero_();

    public override void Step()
    {
        using (no_grad())
        {
            _steps++;
            double root = Math.Sqrt(1 - Math.Pow(Beta2, _steps));
            if (_mask is not null) _gradient.mul_(_mask);
            _first.lerp_(_gradient, _rest1);
            _second.mul_(Beta2).addcmul_(_gradient, _gradient, 1 - Beta2);
            using Tensor denominator = _second.sqrt();
            denominator.add_(Epsilon * root);
            _values.addcdiv_(_first, denominator, -Data.Problem.LearningRate * root / (1 - Math.Pow(Beta1, _steps)));
        }
    }

    protected override Tensor MakeLeaf(Slot slot, long[] stored, bool channelsLast)
    {
        Tensor leaf = View(_values, slot, stored, channelsLast).detach().requires_grad_();
        leaf.grad = View(_gradient, slot, stored, channelsLast);
        return leaf;
    }

    protected override void ResetAdam()
    {
        _first.zero_();
        _second.zero_();
        _steps = 0;
    }
}
