/** The redactor, kept at this path for programs that import it from `dist` directly. */
export * from '../redaction/redactor.js';
