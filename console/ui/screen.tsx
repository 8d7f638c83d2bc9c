import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import { isFirstScreen } from "../route/router.ts";

interface Props {
  readonly title: string;
  /** The screen above this one. */
  readonly up?: { readonly url: string; readonly name: string };
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A screen: sets the title of the page, and moves the focus to its heading when it opens. */
export const Screen = ({ title, up, actions, children }: Props) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${visible(title).slice(0, 80)} · Godwit`;
  }, [title]);
  useEffect(() => {
    // On the first load, the browser starts at the top of the page.
    if (!isFirstScreen()) heading.current?.focus();
  }, []);
  return (
    <>
      <header class="screen">
        <div>
          {up !== undefined && (
            <a class="up" href={up.url}>
              {up.name} /
            </a>
          )}
          <h1 ref={heading} tabIndex={-1}>
            <bdi>{visible(title)}</bdi>
          </h1>
        </div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
};
