/** Re-exports the redactor, for programs that import it by this path from `dist`. */
export * from '../redaction/redactor.js';
