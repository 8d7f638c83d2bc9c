import { useEffect, useId, useState } from "preact/hooks";
import { findOperations, type Reference } from "./document.ts";
import { urlOf } from "./place.ts";

interface Props {
  readonly reference: Reference;
  /** The name of the operation on the page. */
  readonly here: string;
}

const isWide = (): boolean => window.matchMedia("(width >= 50rem)").matches;

/** The search, and the operations by tag. */
export const Menu = ({ reference, here }: Props) => {
  const id = useId();
  const [search, setSearch] = useState("");
  const [isOpen, setOpen] = useState(isWide() || here === "");
  // On a small screen, the operations would hide the one that was chosen.
  useEffect(() => setOpen(isWide() || here === ""), [here]);
  const found = findOperations(reference.operations, search);
  return (
    <>
      <div class="field">
        <label for={id}>Search</label>
        <input
          id={id}
          type="search"
          value={search}
          autocomplete="off"
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value);
            setOpen(true);
          }}
        />
      </div>
      <p class="hint" role="status">
        {found.length} of {reference.operations.length} operations
      </p>
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>Operations</summary>
        <nav aria-label="Operations">
          {reference.tags.map(({ name }) => {
            const own = found.filter(({ tags }) => tags.includes(name));
            if (own.length === 0) return null;
            return (
              <section key={name}>
                <h2>{name}</h2>
                <ul>
                  {own.map(({ operationId, summary, method, path }) => (
                    <li key={operationId}>
                      <a
                        href={urlOf(operationId)}
                        aria-current={operationId === here ? "page" : undefined}
                      >
                        {summary}
                        <code>
                          {method} {path}
                        </code>
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </nav>
      </details>
    </>
  );
};
