/** The redactor, for code that takes it from here by itself: it knows texts and secrets, and nothing of failures. */
export * from '../redaction/redactor.js';
