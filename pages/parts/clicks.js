/**
 * Tell Python which line of a chart was clicked, and where along it.
 *
 * Streamlit's own selection would let a drag over the chart move the plot, where on a phone it is to scroll the
 * page, and would fade whatever was not clicked.
 */
export default function listen({ data, setStateValue }) {
  const frame = document.querySelector(`.st-key-${data.frame}`);
  let plot = null;

  const clicked = ({ points, event }) => {
    const lines = points.filter((point) => point.data.meta !== undefined);
    if (!lines.length) return;
    // The pointer meets every line at once: the nearest is meant.
    const y = event.clientY - plot.getBoundingClientRect().top;
    const off = ({ bbox }) => Math.abs((bbox.y0 + bbox.y1) / 2 - y);
    const nearest = lines.reduce((best, point) => (off(point) < off(best) ? point : best));
    setStateValue("point", { chart: data.chart, line: nearest.data.meta, x: nearest.x });
  };
  const leave = () => plot?.removeListener?.("plotly_click", clicked);
  const attach = () => {
    const found = frame.querySelector(".js-plotly-plot");
    if (found === plot || !found?.on) return;
    leave();
    plot = found;
    plot.on("plotly_click", clicked);
  };

  // Streamlit may put another plot in the place of this one when there is new data.
  const watch = new MutationObserver(attach);
  watch.observe(frame, { subtree: true, childList: true });
  attach();
  return () => {
    watch.disconnect();
    leave();
  };
}
