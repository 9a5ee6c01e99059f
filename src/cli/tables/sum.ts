/** Adds decimals exactly, with all their digits. */
export class Sum {
  /** In units of 10 to the power of -`places`. */
  #units: bigint | undefined;
  #places = 0;

  /** Adds a text that `digitsOf` accepts. */
  add(text: string): void {
    const [mantissa, exponent] = text.toLowerCase().split('e') as [string, string?];
    const [whole, fraction = ''] = mantissa.split('.');
    const units = BigInt(`${whole}${fraction}`);
    const places = units === 0n ? 0 : fraction.length - Number(exponent ?? 0);
    this.#units = this.#at(places) + units * 10n ** BigInt(this.#places - places);
  }

  /** Returns the units at a higher number of places. */
  #at(places: number): bigint {
    const more = Math.max(0, places - this.#places);
    this.#places += more;
    return (this.#units ?? 0n) * 10n ** BigInt(more);
  }

  /** Compares two sums for `sort`. A missing sum is the smallest. */
  static compare(a: Sum, b: Sum): number {
    if (a.#units === undefined || b.#units === undefined) {
      return Number(a.#units !== undefined) - Number(b.#units !== undefined);
    }
    const difference = a.#units * 10n ** BigInt(b.#places) - b.#units * 10n ** BigInt(a.#places);
    return difference > 0n ? 1 : difference < 0n ? -1 : 0;
  }

  /** Returns the sum without trailing zeros, or `null` if nothing was added. */
  get text(): string | null {
    if (this.#units === undefined) return null;
    const digits = `${this.#units < 0n ? -this.#units : this.#units}`.padStart(this.#places + 1, '0');
    const point = digits.length - this.#places;
    const fraction = digits.slice(point).replace(/0+$/, '');
    return `${this.#units < 0n ? '-' : ''}${digits.slice(0, point)}${fraction && `.${fraction}`}`;
  }
}
