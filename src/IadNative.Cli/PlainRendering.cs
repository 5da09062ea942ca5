using IadNative.Messages;
using Spectre.Console.Rendering;

namespace IadNative.Cli;

/// <summary>Takes control characters out of the text of all that a console shows; the console's own stay.</summary>
internal sealed class PlainRendering : IRenderHook
{
    /// <inheritdoc/>
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => new Plain(renderable));

    private sealed class Plain(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth).Select(Clean);

        private static Segment Clean(Segment segment) => segment.IsControlCode || segment.IsLineBreak
            ? segment
            : new Segment(ForeignText.Plain(segment.Text), segment.Style, segment.Link);
    }
}
