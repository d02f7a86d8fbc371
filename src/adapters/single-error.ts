/**
 * A host with several addresses fails as one AggregateError with an empty message. People and tables read one code
 * and one sentence: those of the first address.
 */
export function singleError(error: Error): Error {
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors[0] instanceof Error ? errors[0] : error;
}
