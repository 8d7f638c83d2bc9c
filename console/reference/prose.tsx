/** A description of the document. Words between backticks are code, as in Markdown. */
export const Prose = ({ value }: { readonly value: string }) => (
  <span>
    {value.split(/`([^`]+)`/).map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}
  </span>
);
