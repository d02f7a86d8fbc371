/**
 * The `@example` blocks of the public comments, which editors and the API pages show, compile without errors.
 * `GIVEN` declares what a block assumes, such as an application's session or its text to speech. A block
 * imports what it uses from other packages, as a reader has to.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { codeBlocks } from '../docs/markdown.js';
import { PROJECT } from '../source-imports.js';
import { ENTRIES } from './applications.mjs';
import { compileApplication, DOCUMENTED_OPTIONS, installAll } from './installed-package.js';
import { exportsOf, published } from './published.js';

/** Without the types of a browser. */
const OPTIONS = { ...DOCUMENTED_OPTIONS, lib: ['es2023', 'esnext.disposable'] };

/**
 * The objects of an application, by their names in the examples, and their types. Types of the package need
 * only their name.
 */
const GIVEN: Readonly<Record<string, string>> = {
  apiKey: 'string',
  appId: 'string',
  avatarId: 'string',
  options: own('AvatarSessionOptions'),
  allOptions: `readonly ${own('AvatarSessionOptions')}[]`,
  session: own('AvatarSession'),
  utterance: own('Utterance'),
  frame: own('Frame'),
  pool: own('SessionPool', 'pool'),
  emulator: own('AvatarEmulator', 'emulator'),
  relay: own('Relay', 'relay'),
  // Audio, its sources and its destinations.
  audio: 'Uint8Array',
  pcm: 'Uint8Array',
  greeting: 'Uint8Array',
  speech: 'AsyncIterable<Uint8Array>',
  call: 'AsyncIterable<Uint8Array>',
  cartesia: 'AsyncIterable<Uint8Array>',
  file: 'AsyncIterable<Uint8Array>',
  messages: 'AsyncIterable<{ readonly type: string; readonly delta?: string }>',
  tts: '(text: string) => AsyncIterable<Uint8Array>',
  stt: '{ write(audio: Uint8Array): void }',
  text: 'string',
  answerTo: '(text: string) => string',
  sayAgain: '(reqId: string) => void',
  // A server, and its browsers.
  server: "import('ws').WebSocketServer",
  socket: "import('ws').WebSocket",
  browser: "import('ws').WebSocket",
  url: 'string',
  onAudio: `${own('RelayClientOptions', 'relay/browser')}['onAudio']`,
  onFrame: `${own('RelayClientOptions', 'relay/browser')}['onFrame']`,
  onEnd: `${own('RelayClientOptions', 'relay/browser')}['onEnd']`,
  onInterrupt: `${own('RelayClientOptions', 'relay/browser')}['onInterrupt']`,
  sendButton: '{ onclick: (() => void) | null }',
  input: '{ readonly value: string }',
  face: `{ add(reqId: string, keyframes: readonly ${own('TypedKeyframe', 'relay/browser')}[]): void }`,
  before: own('FacePose', 'inspector/face'),
  after: own('FacePose', 'inspector/face'),
  render: `(reqId: string, index: number, keyframes: readonly ${own('Keyframe')}[]) => void`,
  // A custom transport.
  answer: '{ readonly headers: Readonly<Record<string, string>> }',
  upgrade: `(request: ${own('DialRequest')}) => Promise<{
    readonly socket: import('node:net').Socket;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }>`,
  connectionOf: `(socket: import('node:net').Socket, sink: ${own('TransportSink')}) => ${own('TransportConnection')}`,
  // Other packages.
  tracerProvider: "import('@opentelemetry/api').TracerProvider",
  meterProvider: "import('@opentelemetry/api').MeterProvider",
  agentSession: "import('@livekit/agents').voice.AgentSession",
  agent: "import('@livekit/agents').voice.Agent",
  ctx: "import('@livekit/agents').JobContext",
  entry: "(ctx: import('@livekit/agents').JobContext) => Promise<void>",
};

/** A type of the package. */
function own(name: string, entry = ''): string {
  return `import('${[packageJson.name, entry].filter((part) => part !== '').join('/')}').${name}`;
}

interface Example {
  /** `AvatarSession.restart` */
  readonly name: string;
  readonly code: string;
  /**
   * The entries from which the names of the package are imported; the first one that exports a name is used.
   */
  readonly entries: readonly string[];
}

/** The exports of each entry by their names, with the file that declares them. */
const filesOf = new Map(
  ENTRIES.map(({ entry, types }) => {
    const names = exportsOf(types).map(({ name, symbol }): [string, string | undefined] => [
      name,
      symbol.declarations?.[0]?.getSourceFile().fileName,
    ]);
    return [entry, new Map(names)] as const;
  }),
);

const examples: readonly Example[] = published
  .getSourceFiles()
  .filter(({ fileName }) => fileName.startsWith(join(PROJECT, 'dist/')))
  .flatMap((source) => examplesIn(source, entriesFor(source.fileName)));

/** First the entry that exports something of this file, then the main entry, then the others. */
function entriesFor(file: string): string[] {
  const own = ENTRIES.filter(({ entry }) => [...(filesOf.get(entry)?.values() ?? [])].includes(file));
  return [...new Set([...own.map(({ entry }) => entry), ...ENTRIES.map(({ entry }) => entry)])];
}

function examplesIn(node: ts.Node, entries: readonly string[], owner = ''): Example[] {
  const named =
    ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isFunctionDeclaration(node);
  const name = (node as Partial<ts.NamedDeclaration>).name?.getText() ?? '';
  const full = owner === '' ? name : `${owner}.${name}`;
  const own = ts.getJSDocTags(node).flatMap((tag) => {
    if (tag.tagName.text !== 'example' || tag.parent.parent !== node) return [];
    const blocks = codeBlocks(ts.getTextOfJSDocComment(tag.comment) ?? '');
    const code = blocks.map(({ language, text }) => (language === 'ts' ? text : '')).join('');
    return [{ name: full, code, entries }];
  });
  const inner = node.getChildren().flatMap((child) => examplesIn(child, entries, named ? name : owner));
  return [...own, ...inner];
}

/** An example as a module, with imports of the names that it uses, and declarations of the given objects. */
function moduleOf({ code, entries }: Example): string {
  const source = parsed(code);
  const declared = new Set(source.statements.flatMap(namesDeclaredBy));
  const lines = [...identifiersIn(source)].flatMap((name) => {
    const entry = entries.find((entry) => filesOf.get(entry)?.has(name));
    if (entry !== undefined) return `import { ${name} } from '${packageJson.name}${entry.slice(1)}';`;
    const type = Object.hasOwn(GIVEN, name) && !declared.has(name) ? GIVEN[name] : undefined;
    return type === undefined ? [] : `declare const ${name}: ${type};`;
  });
  return [...lines, code, 'export {};'].join('\n');
}

function parsed(code: string): ts.SourceFile {
  return ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
}

/** The variables that a top-level statement of a module declares. */
function namesDeclaredBy(statement: ts.Statement): string[] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => [...identifiersIn(name)]);
}

/** All identifiers, except the names of members. */
function identifiersIn(node: ts.Node, found = new Set<string>()): Set<string> {
  if (ts.isIdentifier(node)) {
    const { parent } = node;
    const isMember =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      (ts.isPropertyAssignment(parent) && parent.name === node) ||
      (ts.isPropertySignature(parent) && parent.name === node);
    if (!isMember) found.add(node.text);
  }
  ts.forEachChild(node, (child) => void identifiersIn(child, found));
  return found;
}

const application = installAll();
afterAll(() => application.remove());

/** The compiler's errors in these examples, all in one program, with the names of the examples. */
async function errorsIn(checked: readonly Example[]): Promise<string[]> {
  const files = checked.map((example, at) => [`example-${at}.mts`, moduleOf(example)] as const);
  const messages = await compileApplication(application, Object.fromEntries(files), OPTIONS);
  return messages.map(({ file, text }) => `${checked[Number(/\d+/.exec(file))]?.name ?? ''}: ${text}`);
}

describe('the examples of the public comments', () => {
  it('exist, each with code', () => {
    expect(examples.length).toBeGreaterThan(60);
    expect(examples.filter(({ code }) => code === '')).toEqual([]);
  });

  it('have no error of types', { timeout: 60_000 }, async () => {
    expect(await errorsIn(examples)).toEqual([]);
  });

  it('would have one if they used a member that does not exist', { timeout: 60_000 }, async () => {
    const wrong = { name: 'wrong', code: 'session.shout(audio);\nconst one: Frame = frame;', entries: ['.'] };
    expect(await errorsIn([wrong])).toEqual([
      "wrong: Property 'shout' does not exist on type 'AvatarSession'.",
    ]);
  });

  it('need every given object', () => {
    const named = new Set(examples.flatMap(({ code }) => [...identifiersIn(parsed(code))]));
    expect(Object.keys(GIVEN).filter((name) => !named.has(name))).toEqual([]);
  });
});
