import { useEffect, useId, useRef, useState } from "preact/hooks";
import { apiUrl } from "../api/apiUrl.ts";
import { Text } from "../ui/text.tsx";
import { type Access, AccessContext, readSession } from "./access.ts";
import type { Reference } from "./document.ts";
import { loadReference } from "./loadReference.ts";
import { Menu } from "./menu.tsx";
import { OperationView } from "./operationView.tsx";
import { urlOf, usePlace } from "./place.ts";
import { Prose } from "./prose.tsx";

type Loaded = { readonly reference: Reference } | { readonly problem: string } | undefined;

/** The reference of the API, from the OpenAPI document of the cloud that serves the page. */
export const ReferencePage = () => {
  const { operation: here, isFirst } = usePlace();
  const [loaded, setLoaded] = useState<Loaded>();
  const [access, setAccess] = useState<Access>({ token: "" });
  const load = (): void => {
    setLoaded(undefined);
    loadReference().then(
      (reference) => setLoaded({ reference }),
      (error: unknown) =>
        setLoaded({ problem: error instanceof Error ? error.message : String(error) }),
    );
  };
  useEffect(() => {
    load();
    void readSession().then((session) =>
      setAccess((now) => ({ ...now, ...(session && { session }) })),
    );
  }, []);
  return (
    <AccessContext.Provider value={access}>
      <div class="shell">
        <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
          Skip to the content
        </button>
        <header class="side">
          <a class="brand" href={urlOf()}>
            Godwit API
          </a>
          <a href={document.baseURI}>Console</a>
          <TokenField access={access} onToken={(token) => setAccess({ ...access, token })} />
          {loaded !== undefined && "reference" in loaded && (
            <Menu reference={loaded.reference} here={here} />
          )}
        </header>
        <main id="main" tabIndex={-1}>
          {loaded === undefined && <p>Loading…</p>}
          {loaded !== undefined && "problem" in loaded && (
            <div class="problem" role="alert">
              <h1>The document cannot be loaded</h1>
              <Text value={loaded.problem} />
              <button type="button" class="button" onClick={load}>
                Try again
              </button>
            </div>
          )}
          {loaded !== undefined && "reference" in loaded && (
            <Content reference={loaded.reference} here={here} isFocused={!isFirst} />
          )}
        </main>
      </div>
    </AccessContext.Provider>
  );
};

interface TokenProps {
  readonly access: Access;
  onToken(token: string): void;
}

const TokenField = ({ access: { session, token }, onToken }: TokenProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Access token</label>
      <input
        id={id}
        type="password"
        value={token}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-hint`}
        onInput={({ currentTarget }) => onToken(currentTarget.value.trim())}
      />
      <p class="hint" id={`${id}-hint`}>
        {session === undefined ? (
          "Stays in this page until it is closed."
        ) : (
          <>
            Without one, requests are sent as <Text value={session.username} />.
          </>
        )}
      </p>
    </div>
  );
};

interface ContentProps {
  readonly reference: Reference;
  readonly here: string;
  readonly isFocused: boolean;
}

const Content = ({ reference, here, isFocused }: ContentProps) => {
  const found = reference.operations.find(({ operationId }) => operationId === here);
  if (found !== undefined) {
    return <OperationView key={here} {...{ reference, isFocused }} operation={found} />;
  }
  return here === "" ? (
    <Start reference={reference} isFocused={isFocused} />
  ) : (
    <h1>There is no operation of this name</h1>
  );
};

const Start = ({ reference: { info, operations }, isFocused }: Omit<ContentProps, "here">) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = "Godwit API";
    if (isFocused) heading.current?.focus();
  }, []);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        The API of this cloud
      </h1>
      <p>
        {operations.length} operations, version {info.version}, at{" "}
        <code>{apiUrl.href.replace(/\/$/, "")}</code>.
      </p>
      {info.description.split("\n\n").map((paragraph) => (
        <p key={paragraph}>
          <Prose value={paragraph} />
        </p>
      ))}
      <p>
        For programs: <a href={new URL("v1/openapi.json", apiUrl).href}>OpenAPI document</a>,{" "}
        <a href={new URL("v1/asyncapi.json", apiUrl).href}>AsyncAPI document</a> of device messages,
        event streams and webhooks.
      </p>
    </>
  );
};
