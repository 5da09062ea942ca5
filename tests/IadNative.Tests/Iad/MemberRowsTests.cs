using IadNative.Compute;
using IadNative.Iad;
using IadNative.Iad.Members;
using IadNative.Models;
using IadNative.Probe;

namespace IadNative.Tests.Iad;

public sealed class MemberRowsTests
{
    [Test]
    public void A_single_network_sees_all_rows_in_order() =>
        Assert.That(MemberRows.Draw(3, 0, 1, 7), Is.EqualTo(Enumerable.Range(0, 7)));

    [Test]
    public void A_member_sees_eighty_percent_of_the_rows_each_once([Values(3, 4, 5, 9, 10, 99, 1000, 1005)] int n)
    {
        int[] rows = MemberRows.Draw(3, 1, 2, n);
        Assert.That(rows, Has.Length.EqualTo(8 * n / 10));
        Assert.That(rows, Is.Unique.And.All.InRange(0, n - 1));
    }

    [Test]
    public void Rows_follow_from_seed_and_member_alone()
    {
        int[] rows = MemberRows.Draw(3, 1, 2, 100);
        Assert.That(MemberRows.Draw(3, 1, 9, 100), Is.EqualTo(rows));
        Assert.That(MemberRows.Draw(3, 0, 2, 100), Is.Not.EqualTo(rows));
        Assert.That(MemberRows.Draw(4, 1, 2, 100), Is.Not.EqualTo(rows));
    }

    [Test]
    public void Every_row_is_left_out_about_one_time_in_five()
    {
        int[] seen = new int[50];
        for (int member = 0; member < 400; member++)
        {
            foreach (int row in MemberRows.Draw(11, member, 400, 50)) seen[row]++;
        }

        // Binomial(400, 0.8): mean 320, standard deviation 8; five of them either way.
        Assert.That(seen, Is.All.InRange(280, 360));
    }

    [Test]
    public void Member_scores_are_divided_by_their_medians_and_averaged()
    {
        Assert.That(MemberScores.Combine([6, 1], [Part(2), Part(4)]), Is.EqualTo((3 + 0.25f) / 2));
        Assert.That(MemberScores.Combine([6], [Part(0)]), Is.EqualTo(6f), "a single network's score is left as it is");
        Assert.That(MemberScores.Combine([float.MaxValue, float.MaxValue], [Part(1), Part(1)]), Is.EqualTo(float.MaxValue));

        static MemberPart Part(double median) => new(MemberScale.DivideByMedian, true, median, 0, 1);
    }

    [Test]
    public void Medians_of_likelihoods_are_subtracted_whatever_their_sign()
    {
        Assert.That(MemberScores.Combine([6, 1], [Part(2), Part(-4)]), Is.EqualTo((4 + 5) / 2f));
        Assert.That(MemberScores.Combine([6, -1], [Part(0), Part(0)]), Is.EqualTo(2.5f));
        Assert.That(MemberScores.Combine([6], [Part(0)]), Is.EqualTo(6f), "a single network's score is left as it is");

        static MemberPart Part(double median) => new(MemberScale.SubtractMedian, false, median, 0, 1);
    }
}
