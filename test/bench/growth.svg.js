const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 64, right: 610, top: 24, bottom: 360 };
/** Powers of ten. */
const X = { from: 0, to: 5 };
const Y = { from: -1, to: 4 };
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#444444', '#56b4e9'];

const x = (size) => PLOT.left + ((Math.log10(size) - X.from) / (X.to - X.from)) * (PLOT.right - PLOT.left);
const y = (time) => PLOT.bottom - ((Math.log10(time) - Y.from) / (Y.to - Y.from)) * (PLOT.bottom - PLOT.top);
const powers = ({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
const at = (number) => number.toFixed(1);

/** A picture of times against sizes, both axes logarithmic: what grows like its size rises as the dotted line does. */
export function drawGrowth(lines) {
  const grid = [
    ...powers(X).map((size) => `<path class="grid" d="M${at(x(size))} ${PLOT.top}V${PLOT.bottom}"/>`),
    ...powers(Y).map((time) => `<path class="grid" d="M${PLOT.left} ${at(y(time))}H${PLOT.right}"/>`),
    ...powers(X).map((size) => label(x(size), PLOT.bottom + 18, size.toLocaleString('en'), 'middle')),
    ...powers(Y).map((time) => label(PLOT.left - 8, y(time) + 4, nameOfTime(time), 'end')),
    label((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, 'how many, or how many bytes', 'middle'),
    `<path class="linear" d="M${at(x(1))} ${at(y(1))}L${at(x(1e4))} ${at(y(1e4))}"/>`,
  ];
  const drawn = lines.map(({ points }, index) => {
    const places = points.map(([size, time]) => [at(x(size)), at(y(time))]);
    const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${COLOURS[index]}"/>`).join('');
    return `<path class="line" stroke="${COLOURS[index]}" d="M${places.map((place) => place.join(' ')).join('L')}"/>${dots}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    '<title>Time of one verification, or of one more body that waits, as the number grows</title>',
    '<style>.grid{stroke:#ddd}.line{fill:none;stroke-width:2}.linear{stroke:#999;stroke-dasharray:2 5}</style>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...grid,
    ...drawn,
    ...legend(lines),
    '</svg>',
    '',
  ].join('\n');
}

/** In the order in which the lines end, from above. */
function legend(lines) {
  const entries = lines.map(({ name, points }, index) => ({ name, index, end: points.at(-1)[1] }));
  const texts = entries
    .sort((a, b) => b.end - a.end)
    .map(({ name, index }, place) => {
      const top = PLOT.top + 30 + place * 26;
      return `<path class="line" stroke="${COLOURS[index]}" d="M632 ${top}h24"/>${label(664, top + 4, name, 'start')}`;
    });
  const top = PLOT.top + 30 + lines.length * 26;
  return [...texts, `<path class="linear" d="M632 ${top}h24"/>`, label(664, top + 4, 'as 1 µs for each', 'start')];
}

function label(left, top, text, anchor) {
  return `<text x="${at(left)}" y="${at(top)}" text-anchor="${anchor}" fill="#222">${text}</text>`;
}

function nameOfTime(microseconds) {
  return microseconds < 1000 ? `${microseconds} µs` : `${microseconds / 1000} ms`;
}
