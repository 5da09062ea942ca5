using IadNative.Iad.Members;

namespace IadNative.Tests.Iad;

public sealed class MemberColumnsTests
{
    private static readonly int[] s_pool = [3, 1, 4, 15, 9, 2, 6];

    [Test]
    public void Each_member_draws_its_own_from_the_pool_and_the_same_again()
    {
        int[] drawn = MemberColumns.Draw(5, 2, s_pool, 4);
        Assert.That(drawn, Is.Unique.And.SubsetOf(s_pool));
        Assert.That(drawn, Has.Length.EqualTo(4));
        Assert.That(MemberColumns.Draw(5, 2, s_pool, 4), Is.EqualTo(drawn));
        Assert.That(MemberColumns.Draw(5, 3, s_pool, 4), Is.Not.EqualTo(drawn));
        Assert.That(MemberColumns.Draw(6, 2, s_pool, 4), Is.Not.EqualTo(drawn));
    }

    [Test]
    public void Where_there_are_not_more_all_are_seen_in_random_order()
    {
        foreach (int count in new[] { 7, 8, int.MaxValue })
            Assert.That(MemberColumns.Draw(5, 2, s_pool, count), Is.EquivalentTo(s_pool).And.Not.EqualTo(s_pool));
        Assert.That(MemberColumns.Draw(5, 2, [8], 3), Is.EqualTo(new[] { 8 }));
    }

    [Test]
    public void Each_column_is_drawn_about_as_often_and_at_every_place()
    {
        int[,] seen = new int[7, 3];
        for (int member = 0; member < 2_100; member++)
        {
            int[] drawn = MemberColumns.Draw(11, member, s_pool, 3);
            for (int place = 0; place < 3; place++) seen[Array.IndexOf(s_pool, drawn[place]), place]++;
        }

        // Binomial(2100, 1/7): mean 300, standard deviation 16; five of them either way.
        Assert.That(seen.Cast<int>(), Is.All.InRange(220, 380));
    }

    [Test]
    public void Rows_are_limited_for_a_network_on_its_own_and_for_one_of_several()
    {
        Assert.That(MemberRows.Draw(3, 0, 1, 100, most: 40), Is.Unique.And.All.InRange(0, 99));
        Assert.That(MemberRows.Draw(3, 0, 1, 100, most: 40), Has.Length.EqualTo(40));
        Assert.That(MemberRows.Draw(3, 1, 2, 100, most: 40), Is.EqualTo(MemberRows.Draw(3, 1, 2, 100)[..40]));
        Assert.That(MemberRows.Draw(3, 1, 2, 100, most: 90), Is.EqualTo(MemberRows.Draw(3, 1, 2, 100)));
        Assert.That(MemberRows.Draw(3, 0, 1, 100, most: 100), Is.EqualTo(Enumerable.Range(0, 100)));
    }
}
