/** A text with at most this number of characters. A text that is cut ends with `…`. */
export const shortened = (text: string, chars: number): string =>
  text.length <= chars ? text : `${text.slice(0, chars - 1).toWellFormed()}…`;
