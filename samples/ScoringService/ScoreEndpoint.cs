using System.Buffers;
using IadNative.Extensions.Hosting;

namespace ScoringService;

/// <summary>POST /score: rows in, a score or a reason for each out.</summary>
internal static class ScoreEndpoint
{
    /// <summary>Scores all rows of a request by one model. 400 where they are no rows of one length, 503 while there is no model.</summary>
    public static IResult Score(ScoreRequest request, IAnomalyDetectorProvider detector)
    {
        using RowMatrix? rows = request.Rows;
        if (rows is not { Rows: > 0, IsRagged: false })
            return Refusal("rows must be an array of arrays of numbers, all of one length.", StatusCodes.Status400BadRequest);
        if (detector.Current is null) return Refusal("There is no model yet.", StatusCodes.Status503ServiceUnavailable);

        DetectorScore[] scores = ArrayPool<DetectorScore>.Shared.Rent(rows.Rows);
        try
        {
            detector.TryScore(rows.Cells, scores.AsSpan(0, rows.Rows));
            var answers = new RowAnswer[rows.Rows];
            for (int i = 0; i < answers.Length; i++) answers[i] = Answer(scores[i]);
            return Results.Json(new ScoreResponse(answers), ScoreJson.Default.ScoreResponse);
        }
        finally
        {
            ArrayPool<DetectorScore>.Shared.Return(scores);
        }
    }

    private static RowAnswer Answer(in DetectorScore score) => score.Status == ScoreStatus.Scored
        ? new RowAnswer(score.Status, score.Score, score.Percentile, score.IsAnomaly, null)
        : new RowAnswer(score.Status, null, null, null, score.Column < 0 ? null : score.Column);

    private static IResult Refusal(string error, int status) => Results.Json(new ScoreRefusal(error), ScoreJson.Default.ScoreRefusal, statusCode: status);
}
