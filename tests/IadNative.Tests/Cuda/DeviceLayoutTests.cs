using IadNative.Compute;
using IadNative.Cuda;
using IadNative.Models;

namespace IadNative.Tests.Cuda;

/// <summary>Where tensors lie on the device.</summary>
public sealed class DeviceLayoutTests
{
    [Test]
    public void Tensors_and_replicas_begin_aligned_and_a_block_comes_back_as_it_was()
    {
        var layout = new TensorLayout();
        foreach (int length in (int[])[1, 4, 5, 3, 64, 7, 1])
            layout.Add($"tensor at {layout.Length}", length, columns: 1, Initialization.Zero, fanIn: 1, layer: 0);
        var device = new DeviceLayout(layout);
        Assert.That(layout.Slots.Select(slot => device.PlaceOf(slot.Offset)), Is.EqualTo(new[] { 0, 4, 8, 16, 20, 84, 92 }));
        Assert.That(device.PlaceOf(layout.Slots[5].Offset + 6), Is.EqualTo(90));
        Assert.That(device.Stride, Is.EqualTo(128));
        float[] block = [.. Enumerable.Range(1, layout.Length)], packed = new float[128], back = new float[layout.Length];
        device.Pack(block, packed);
        Assert.That(packed.Where(value => value != 0), Is.EqualTo(block));
        for (int i = 0; i < block.Length; i++) Assert.That(packed[device.PlaceOf(i)], Is.EqualTo(block[i]));
        device.Unpack(packed, back);
        Assert.That(back, Is.EqualTo(block));
    }

    [Test]
    public void A_block_without_tensors_takes_no_room() => Assert.That(new DeviceLayout(new TensorLayout()).Stride, Is.Zero);

    [Test]
    public void Matrix_products_find_every_tensor_and_every_replicas_rows_aligned(
        [ValueSource(typeof(SmallPlans), nameof(SmallPlans.Models))] BaseModel model)
    {
        using var driver = new MemoryDriver { Products = [] };
        using ISession session = new CudaDevice(driver) { UseGraphs = false }.CreateSession(SmallPlans.Of(model), SmallPlans.Session with
        {
            Replicas = [.. Enumerable.Range(0, 3).Select(replica => new ReplicaSpec(0, replica, [.. Enumerable.Range(0, 10)]))],
        });
        session.BeginRound();
        session.Train(new EpochRange(Round: 0, First: 0, Count: 1), null, CancellationToken.None);
        session.Score();
        Assert.That(driver.Products, Is.Not.Empty);
        foreach (MatrixProduct product in driver.Products)
        {
            foreach (ulong address in (ulong[])[product.A, product.B, product.C]) Assert.That(address % 16, Is.Zero, $"{product}");

            // What a Gaussian's fit multiplies is added up elsewhere and has no gaps.
            long result = model == BaseModel.Gaussian && product.TransposeA ? 0 : product.BatchStrideC;
            foreach (long stride in (long[])[product.BatchStrideA, product.BatchStrideB, result])
                Assert.That(stride % DeviceLayout.ReplicaAlignment, Is.Zero, $"{product}");
        }
    }
}
