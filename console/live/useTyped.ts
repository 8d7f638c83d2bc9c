import { useEffect, useState } from "preact/hooks";

const pauseMs = 300;

/** A value that a person types, once they pause: the server is not asked for each letter. */
export const useTyped = <Value>(value: Value, ms = pauseMs): Value => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
};
