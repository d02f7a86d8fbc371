/**
 * The comments that a user's editor shows: every export of the package, and each of its members, has a
 * comment in the declarations in dist/.
 */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ENTRIES } from './applications.mjs';
import { checker, exportsOf } from './published.js';

interface Documented {
  /** `AvatarSession.close` */
  readonly name: string;
  readonly symbol: ts.Symbol;
  readonly declaration: ts.Declaration;
  readonly owner: string;
}

const exported: readonly Documented[] = ENTRIES.flatMap(({ types }) =>
  exportsOf(types).map(({ name, symbol }) => documented(name, symbol, '')),
);
const members = exported.flatMap((one) => membersOf(one));

function documented(name: string, symbol: ts.Symbol, owner: string): Documented {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) throw new Error(`${name} is declared nowhere`);
  return { name, symbol, declaration, owner };
}

/**
 * The declared members of interfaces, classes and object types. Inherited members belong to another export.
 */
function membersOf({ name, symbol }: Documented): Documented[] {
  return (symbol.declarations ?? []).flatMap((declaration) => {
    if (ts.isInterfaceDeclaration(declaration) || ts.isClassDeclaration(declaration))
      return [...declaration.members].flatMap((member) => memberOf(name, member));
    if (ts.isTypeAliasDeclaration(declaration))
      return literalsOf(declaration.type).flatMap((member) => memberOf(name, member));
    return [];
  });
}

function literalsOf(type: ts.TypeNode): ts.TypeElement[] {
  if (ts.isTypeLiteralNode(type)) return [...type.members];
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.flatMap(literalsOf);
  if (ts.isParenthesizedTypeNode(type)) return literalsOf(type.type);
  return [];
}

function memberOf(owner: string, member: ts.ClassElement | ts.TypeElement): Documented[] {
  // The comment of a class documents its constructor.
  if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return [];
  if (
    ts.canHaveModifiers(member) &&
    member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
  )
    return [];
  const symbol = checker.getSymbolAtLocation(member.name);
  return symbol === undefined
    ? []
    : [{ ...documented(`${owner}.${member.name.getText()}`, symbol, owner), declaration: member }];
}

const commentOf = ({ symbol }: Documented): string =>
  ts.displayPartsToString(symbol.getDocumentationComment(checker));
const hasTag = ({ symbol }: Documented, name: string): boolean =>
  symbol.getJsDocTags(checker).some((tag) => tag.name === name);
const names = (found: readonly Documented[]): string[] => [...new Set(found.map(({ name }) => name))].sort();
const isCode = ({ symbol }: Documented): boolean =>
  (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Function)) !== 0;

describe('of the declarations', () => {
  it('every export has a comment', () => {
    expect(exported.length).toBeGreaterThan(80);
    expect(names(exported.filter((one) => commentOf(one) === ''))).toEqual([]);
  });

  // The alternatives of a union may have the same member. One comment is enough.
  it('every member has a comment', () => {
    const commented = new Set(names(members.filter((one) => commentOf(one) !== '')));
    expect(commented.size).toBeGreaterThan(200);
    expect(names(members.filter(({ name }) => !commented.has(name)))).toEqual([]);
  });

  it('every class and function has an example', () => {
    expect(names(exported.filter((one) => isCode(one) && !hasTag(one, 'example')))).toEqual([]);
  });

  it('every optional option has its default', () => {
    const options = members.filter(
      ({ owner, declaration }) =>
        owner.endsWith('Options') &&
        ts.isPropertySignature(declaration) &&
        declaration.questionToken !== undefined,
    );
    expect(options.length).toBeGreaterThan(80);
    expect(names(options.filter((one) => !hasTag(one, 'default')))).toEqual([]);
  });

  it('no comment names a file of the sources', () => {
    const pointing = [...exported, ...members].filter((one) =>
      /\b(?:src|test)\/|[\w-]+\.(?:ts|mjs)\b/.test(commentOf(one)),
    );
    expect(names(pointing)).toEqual([]);
  });
});
