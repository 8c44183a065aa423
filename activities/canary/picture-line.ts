export type Corner = readonly [x: number, y: number];

/** How far a point alone is drawn to the left, to be seen beside the line of the decision. */
const ALONE = 8;

/** A line in pieces without gaps, where null is a gap; a point alone becomes a short line. */
export function pieces(corners: readonly (Corner | null)[]): Corner[][] {
  const found: Corner[][] = [[]];
  for (const corner of corners) {
    if (corner === null) found.push([]);
    else found.at(-1)!.push(corner);
  }
  return found.flatMap((piece) => {
    const [first, ...more] = piece;
    if (first === undefined) return [];
    return [more.length > 0 ? piece : [[first[0] - ALONE, first[1]], first]];
  });
}

/** SVG path data of an open line. */
export function path(corners: readonly Corner[]): string {
  return `M${corners.map(([x, y]) => `${x} ${y}`).join('L')}`;
}
