/** Adds decimals exactly, each as it is written. */
export class Sum {
  /** In units of 10 to the power of minus `places`. */
  #units: bigint | undefined;
  #places = 0;

  /** Takes what `digitsOf` knows as a number. */
  add(text: string): void {
    const [mantissa, exponent] = text.toLowerCase().split('e') as [string, string?];
    const [whole, fraction = ''] = mantissa.split('.');
    const units = BigInt(`${whole}${fraction}`);
    const places = units === 0n ? 0 : fraction.length - Number(exponent ?? 0);
    this.#units = this.#at(places) + units * 10n ** BigInt(this.#places - places);
  }

  /** The units, once there are enough places. */
  #at(places: number): bigint {
    const more = Math.max(0, places - this.#places);
    this.#places += more;
    return (this.#units ?? 0n) * 10n ** BigInt(more);
  }

  /** Which of two sums is greater, like a comparison for `sort`. None at all is the least. */
  static compare(a: Sum, b: Sum): number {
    if (a.#units === undefined || b.#units === undefined) {
      return Number(a.#units !== undefined) - Number(b.#units !== undefined);
    }
    const difference = a.#units * 10n ** BigInt(b.#places) - b.#units * 10n ** BigInt(a.#places);
    return difference > 0n ? 1 : difference < 0n ? -1 : 0;
  }

  /** With no more places than it needs; `null` if nothing was added. */
  get text(): string | null {
    if (this.#units === undefined) return null;
    const digits = `${this.#units < 0n ? -this.#units : this.#units}`.padStart(this.#places + 1, '0');
    const point = digits.length - this.#places;
    const fraction = digits.slice(point).replace(/0+$/, '');
    return `${this.#units < 0n ? '-' : ''}${digits.slice(0, point)}${fraction && `.${fraction}`}`;
  }
}
