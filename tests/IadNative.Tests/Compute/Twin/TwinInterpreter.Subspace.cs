using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Tests.Compute.Twin;

internal sealed partial class TwinInterpreter<T>
{
    private void Forward(RowNormalizeForward normalize)
    {
        T[] x = this[normalize.Input], z = new T[x.Length];
        int width = normalize.Input.Width;
        for (int i = 0; i < x.Length; i++) z[i] = x[i] / Norm(x, i / width, width);
        this[normalize.Output] = z;
    }

    private void Backward(RowNormalizeBackward normalize)
    {
        T[] x = this[normalize.Input], z = this[normalize.Output], dz = this[normalize.OutputGradient], dx = new T[x.Length];
        int width = normalize.Input.Width;
        for (int i = 0; i < x.Length; i++)
        {
            int first = i / width * width;
            T along = T.Zero;
            for (int j = first; j < first + width; j++) along += z[j] * dz[j];
            dx[i] = (dz[i] - (z[i] * along)) / Norm(x, i / width, width);
        }

        this[normalize.InputGradient] = dx;
    }

    private static T Norm(T[] x, int row, int width)
    {
        T squares = T.Zero;
        for (int j = 0; j < width; j++) squares += x[(row * width) + j] * x[(row * width) + j];
        return T.Max(T.Sqrt(squares), T.CreateChecked(1e-12));
    }

    private void Subspace(SubspaceLoss loss)
    {
        (int dimensions, int width, int samples) = (loss.Weight.Rows, loss.Weight.Columns, _rows.Length);
        T[] y = this[loss.Codes], u = new T[y.Length], z = Project(loss.Weight, y);
        T[] projected = Embed(loss.Weight, z);
        for (int s = 0; s < samples; s++)
        {
            T squares = T.Zero, weight = T.CreateChecked(loss.Factor) * T.CreateChecked(ImportanceWeights[_rows[s]]);
            for (int i = s * width; i < (s + 1) * width; i++) squares += (y[i] - projected[i]) * (y[i] - projected[i]);
            T norm = T.Sqrt(squares);
            Loss += weight * norm;
            for (int i = s * width; norm > T.Zero && i < (s + 1) * width; i++)
                u[i] = weight / T.CreateChecked(samples) * (y[i] - projected[i]) / norm;
        }

        T[] ua = Project(loss.Weight, u), back = Embed(loss.Weight, ua);
        T[] before = loss.Accumulate ? this[loss.CodesGradient] : new T[y.Length];
        this[loss.CodesGradient] = [.. before.Select((value, i) => value + u[i] - back[i])];
        for (int a = 0; a < dimensions; a++)
        {
            for (int k = 0; k < width; k++)
            {
                ref T place = ref Gradient[loss.Weight.Offset + (a * width) + k];
                T sum = Sum(s => (ua[(s * dimensions) + a] * y[(s * width) + k]) + (z[(s * dimensions) + a] * u[(s * width) + k]));
                place = (loss.Accumulate ? place : T.Zero) - sum;
            }
        }
    }

    private void Orthogonality(OrthogonalityLoss loss)
    {
        (int dimensions, int width) = (loss.Weight.Rows, loss.Weight.Columns);
        T[] w = State.Parameters[loss.Weight.Offset..(loss.Weight.Offset + loss.Weight.Length)], products = new T[dimensions * dimensions];
        T share = T.CreateChecked(loss.Factor) / T.CreateChecked(products.Length), sum = T.Zero;
        for (int i = 0; i < products.Length; i++)
        {
            (int a, int b) = (i / dimensions, i % dimensions);
            products[i] = a == b ? -T.One : T.Zero;
            for (int k = 0; k < width; k++) products[i] += w[(a * width) + k] * w[(b * width) + k];
            sum += products[i] * products[i];
        }

        Loss += T.CreateChecked(_rows.Length) * share * sum;
        for (int i = 0; i < w.Length; i++)
        {
            T own = T.Zero;
            for (int b = 0; b < dimensions; b++) own += products[(i / width * dimensions) + b] * w[(b * width) + (i % width)];
            ref T place = ref Gradient[loss.Weight.Offset + i];
            place = (T.CreateChecked(4) * share * own) + (loss.Accumulate ? place : T.Zero);
        }
    }

    // x Wᵀ.
    private T[] Project(TensorSlot weight, T[] x)
    {
        T[] z = new T[_rows.Length * weight.Rows];
        for (int i = 0; i < z.Length; i++)
        {
            for (int k = 0; k < weight.Columns; k++)
                z[i] += State.Parameters[weight.Offset + (i % weight.Rows * weight.Columns) + k] * x[(i / weight.Rows * weight.Columns) + k];
        }

        return z;
    }

    // z W.
    private T[] Embed(TensorSlot weight, T[] z)
    {
        T[] x = new T[_rows.Length * weight.Columns];
        for (int i = 0; i < x.Length; i++)
        {
            for (int a = 0; a < weight.Rows; a++)
                x[i] += State.Parameters[weight.Offset + (a * weight.Columns) + (i % weight.Columns)] * z[(i / weight.Columns * weight.Rows) + a];
        }

        return x;
    }
}
