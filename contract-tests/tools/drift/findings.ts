/** What a comparison has found, and where it has looked. */
export class Findings {
  readonly differences = new Set<string>();
  readonly #places = new Set<string>();

  lookAt(place: string): void {
    this.#places.add(place);
  }

  report(kind: string, place: string): void {
    this.differences.add(`${kind}: ${place}`);
  }

  /**
   * Returns whether a known difference no longer exists. Nothing is known about a place that this description does not
   * lead to.
   */
  isGone(difference: string): boolean {
    return !this.differences.has(difference) && [...this.#places].some((place) => difference.endsWith(place));
  }
}
