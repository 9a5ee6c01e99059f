/** Tells Excel that a CSV file is UTF-8. */
export const BOM = '\ufeff';

/**
 * What a spreadsheet would run as a formula, even if it separates cells at semicolons or tabs: its start, and the first
 * character. A regular expression for JavaScript and DuckDB.
 *
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
export const FORMULA = String.raw`(^|[;\t\r\n]+)([=+@＝＋－＠-])`;
