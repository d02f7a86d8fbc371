/**
 * Reads names, types and doc comments from the sources, for the tables of the README. Independent of
 * Markdown. Throws if a name is not found, so that a rename is detected.
 */
import ts from 'typescript';
import { readSource } from '../source-imports.js';

export interface DocumentedName {
  readonly name: string;
  /** The type as written, without `undefined`. */
  readonly type: string;
  /**
   * The doc comment on one line, with the default at its end and without other tags; empty if there is none.
   */
  readonly doc: string;
}

/**
 * The data members of an interface or class, in order. For a union of object types, those of its first
 * alternative.
 */
export function membersOf(file: string, owner: string): DocumentedName[] {
  const { source, statement } = declarationOf(file, owner);
  return declaredMembers(file, owner, statement).flatMap((member) =>
    (ts.isPropertySignature(member) || ts.isPropertyDeclaration(member)) && ts.isIdentifier(member.name)
      ? [
          {
            name: member.name.text,
            type: typeText(member.type?.getText(source) ?? ''),
            doc: docOf(member, source),
          },
        ]
      : [],
  );
}

function declaredMembers(
  file: string,
  owner: string,
  statement: ts.Statement,
): readonly (ts.TypeElement | ts.ClassElement)[] {
  if (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement)) return [...statement.members];
  const type = ts.isTypeAliasDeclaration(statement) ? statement.type : undefined;
  const first = type !== undefined && ts.isUnionTypeNode(type) ? type.types[0] : type;
  if (first !== undefined && ts.isTypeLiteralNode(first)) return [...first.members];
  throw new Error(`${file}: ${owner} has no members`);
}

/**
 * The names of the methods and accessors of a class that a user may call; no private member and no symbol.
 */
export function publicMembersOf(file: string, owner: string): string[] {
  const { statement } = declarationOf(file, owner);
  if (!ts.isClassDeclaration(statement)) throw new Error(`${file}: ${owner} is no class`);
  const names = statement.members.flatMap((member) =>
    (ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) && ts.isIdentifier(member.name)
      ? [member.name.text]
      : [],
  );
  return [...new Set(names)];
}

/** The properties of a constant object and their doc comments. */
export function propertiesOf(file: string, constant: string): DocumentedName[] {
  const { source, statement } = declarationOf(file, constant);
  const found: DocumentedName[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        if (property.name === undefined) continue;
        found.push({ name: property.name.getText(source), type: '', doc: docOf(property, source) });
      }
    } else ts.forEachChild(node, visit);
  };
  visit(statement);
  return found;
}

/** The lines `- name: meaning` of the comment above a declaration, each as one line. */
export function bulletsOf(file: string, owner: string): string[] {
  const { source, statement } = declarationOf(file, owner);
  const lines = docLines(statement, source);
  const bullets: string[] = [];
  for (const line of lines) {
    if (line.startsWith('- ')) bullets.push(line);
    else if (bullets.length > 0 && line !== '') bullets.push(`${bullets.pop() ?? ''} ${line}`);
  }
  if (bullets.length === 0) throw new Error(`${file}: the comment above ${owner} lists nothing`);
  return bullets;
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readSource(file), ts.ScriptTarget.ES2022, true);
}

function declarationOf(file: string, name: string): { source: ts.SourceFile; statement: ts.Statement } {
  const source = parse(file);
  const statement = source.statements.find((one) =>
    ts.isVariableStatement(one)
      ? one.declarationList.declarations.some(({ name: own }) => own.getText(source) === name)
      : (ts.isInterfaceDeclaration(one) || ts.isClassDeclaration(one) || ts.isTypeAliasDeclaration(one)) &&
        one.name?.text === name,
  );
  if (statement === undefined) throw new Error(`${file} declares no ${name}`);
  return { source, statement };
}

function typeText(text: string): string {
  const type = text
    .replaceAll(/\s+/g, ' ')
    .replace(/ \| undefined$/, '')
    .replace(/^\| /, '');
  return /^\(\(.*\) => .*\)$/.test(type) ? type.slice(1, -1) : type;
}

function docOf(node: ts.Node, source: ts.SourceFile): string {
  const lines = docLines(node, source);
  const tag = lines.findIndex((line) => line.startsWith('@'));
  const value = lines.find((line) => line.startsWith('@default '))?.slice('@default '.length);
  const text = lines
    .slice(0, tag < 0 ? undefined : tag)
    .join(' ')
    .trim();
  return value === undefined ? text : `${text} Default ${value}.`;
}

/** The last doc comment before a node, without comment marks. */
function docLines(node: ts.Node, source: ts.SourceFile): string[] {
  const comments = ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? [];
  const doc = comments
    .map(({ pos, end }) => source.text.slice(pos, end))
    .findLast((text) => text.startsWith('/**'));
  if (doc === undefined) return [];
  return doc
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
}
