// SPDX-License-Identifier: Apache-2.0
// Small changes to a TypeScript source, all of them in one text, each behind a number that switches it on.
import ts from "typescript";

const { SyntaxKind: Kind } = ts;

/** What an operator may be mistaken for: its neighbours at a boundary, its opposite. */
const OPERATORS = new Map([
  [Kind.LessThanToken, ["<=", ">="]],
  [Kind.LessThanEqualsToken, ["<", ">"]],
  [Kind.GreaterThanToken, [">=", "<="]],
  [Kind.GreaterThanEqualsToken, [">", "<"]],
  [Kind.EqualsEqualsEqualsToken, ["!=="]],
  [Kind.ExclamationEqualsEqualsToken, ["==="]],
  [Kind.AmpersandAmpersandToken, ["||"]],
  [Kind.BarBarToken, ["&&"]],
  [Kind.PlusToken, ["-"]],
  [Kind.MinusToken, ["+"]],
  [Kind.AsteriskToken, ["/"]],
  [Kind.SlashToken, ["*"]],
  [Kind.PercentToken, ["*"]],
  [Kind.AsteriskAsteriskToken, ["*"]],
  [Kind.AmpersandToken, ["|"]],
  [Kind.BarToken, ["&"]],
  [Kind.CaretToken, ["|"]],
  [Kind.LessThanLessThanToken, [">>"]],
  [Kind.GreaterThanGreaterThanToken, ["<<"]],
  [Kind.GreaterThanGreaterThanGreaterThanToken, ["<<"]],
  [Kind.PlusEqualsToken, ["-="]],
  [Kind.MinusEqualsToken, ["+="]],
  [Kind.AsteriskEqualsToken, ["/="]],
  [Kind.SlashEqualsToken, ["*="]],
]);

/** Calls whose first or second argument is a sentence for people, and not behaviour. */
const SPEAKS = /^(?:#?bad\w*|mismatch|MerkleError)$/;

const isFunction = (node) => ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node);

function isSentence(node) {
  const { parent } = node;
  if (!ts.isCallExpression(parent) && !ts.isNewExpression(parent)) return false;
  const called = ts.isPropertyAccessExpression(parent.expression)
    ? parent.expression.name
    : parent.expression;
  if (!SPEAKS.test(called.text ?? "")) return false;
  // Of an error, the code is behaviour.
  return !(called.text === "MerkleError" && parent.arguments?.[0] === node);
}

const isNegative = (node) =>
  ts.isPrefixUnaryExpression(node.parent) && node.parent.operator === Kind.MinusToken;

/** What may stand in the place of an expression. */
function replacements(node, source) {
  const text = (part) => part.getText(source);
  if (ts.isBinaryExpression(node)) {
    const others = OPERATORS.get(node.operatorToken.kind) ?? [];
    const changed = others.map((operator) => `${text(node.left)} ${operator} ${text(node.right)}`);
    if (node.operatorToken.kind === Kind.QuestionQuestionToken)
      changed.push(text(node.left), text(node.right));
    return changed;
  }
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === Kind.ExclamationToken) return [text(node.operand)];
    if (node.operator === Kind.PlusPlusToken) return [`--${text(node.operand)}`];
    if (node.operator === Kind.MinusMinusToken) return [`++${text(node.operand)}`];
  }
  if (ts.isPostfixUnaryExpression(node)) {
    return [`${text(node.operand)}${node.operator === Kind.PlusPlusToken ? "--" : "++"}`];
  }
  if (ts.isNumericLiteral(node) && !isNegative(node)) {
    return [`${Number(node.text) + 1}`, ...(Number(node.text) > 0 ? [`${Number(node.text) - 1}`] : [])];
  }
  if (ts.isBigIntLiteral(node)) return [`${BigInt(node.text.slice(0, -1)) + 1n}n`];
  if (node.kind === Kind.TrueKeyword) return ["false"];
  if (node.kind === Kind.FalseKeyword) return ["true"];
  if (ts.isStringLiteral(node) && !isSentence(node)) return [node.text === "" ? '"x"' : '""'];
  return [];
}

/** Conditions, whatever they are made of. */
function isCondition(node) {
  const { parent } = node;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  return (ts.isConditionalExpression(parent) || ts.isForStatement(parent)) && parent.condition === node;
}

/** Places where the text is no expression that is evaluated. */
function isOutside(node) {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)
  );
}

class Instrument {
  mutants = [];
  #source;
  #file;
  #firstId;

  constructor(file, text, firstId) {
    this.#source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
    this.#file = file;
    this.#firstId = firstId;
  }

  get text() {
    return this.#print(this.#source);
  }

  #add(node, change) {
    const { line, character } = this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source));
    const id = this.#firstId + this.mutants.length;
    // What is evaluated when the module is loaded is switched on before that.
    let isStatic = true;
    for (let up = node.parent; up !== undefined; up = up.parent) if (isFunction(up)) isStatic = false;
    const was = node.getText(this.#source).replace(/\s+/g, " ");
    this.mutants.push({ id, file: this.#file, line: line + 1, column: character + 1, was, change, isStatic });
    return `(globalThis.__mutant === ${id})`;
  }

  /** The text of a node with all changes in it and in what it is made of. */
  #print(node) {
    if (isOutside(node)) return node.getFullText(this.#source);
    const inner = this.#printChildren(node);
    const lead = node.getFullText(this.#source).slice(0, node.getLeadingTriviaWidth(this.#source));
    const own = inner.slice(lead.length);
    // A loop that does not end any more ends here, whatever the machine is busy with.
    if (ts.isIterationStatement(node.parent ?? node, false) && node.parent.statement === node) {
      return `${lead}{ globalThis.__tick(); ${own} }`;
    }
    return lead + this.#wrap(node, own);
  }

  #printChildren(node) {
    const full = node.getFullText(this.#source);
    const from = node.getFullStart();
    let printed = "";
    let at = 0;
    ts.forEachChild(node, (child) => {
      printed += full.slice(at, child.getFullStart() - from) + this.#print(child);
      at = child.getEnd() - from;
    });
    return printed + full.slice(at);
  }

  #wrap(node, own) {
    if (ts.isThrowStatement(node)) return `{ if (!${this.#add(node, "nothing is thrown")}) ${own} }`;
    if (ts.isExpressionStatement(node) && this.#isCall(node.expression)) {
      return `{ if (!${this.#add(node, "nothing is called")}) ${own} }`;
    }
    if (this.#isPlain(node)) return own;
    let text = own;
    for (const other of replacements(node, this.#source)) {
      text = `(${this.#add(node, other)} ? (${other}) : ${text === own ? `(${own})` : text})`;
    }
    if (isCondition(node)) {
      for (const value of ["true", "false"]) {
        if (value === "true" && (ts.isWhileStatement(node.parent) || ts.isForStatement(node.parent)))
          continue;
        text = `(${this.#add(node, value)} ? ${value} : (${text}))`;
      }
    }
    const isReturned = ts.isReturnStatement(node.parent) && node.parent.expression === node;
    const isBody = ts.isArrowFunction(node.parent) && node.parent.body === node && !ts.isBlock(node);
    if ((isReturned || isBody) && own !== "undefined") {
      text = `(${this.#add(node, "undefined")} ? undefined : (${text}))`;
    }
    return text;
  }

  #isCall(expression) {
    return ts.isCallExpression(ts.isAwaitExpression(expression) ? expression.expression : expression);
  }

  /** Names, keys and left sides of assignments are written as they are. */
  #isPlain(node) {
    const { parent } = node;
    if (parent === undefined || !ts.isExpression(node)) return true;
    if (ts.isPropertyAssignment(parent) && parent.name === node) return true;
    if (ts.isElementAccessExpression(parent) && parent.expression === node) return true;
    if (
      ts.isBinaryExpression(parent) &&
      parent.left === node &&
      ts.isAssignmentOperator(parent.operatorToken.kind)
    )
      return true;
    return ts.isComputedPropertyName(parent) || ts.isSpreadElement(node) || ts.isLiteralTypeNode(parent);
  }
}

/** The source with every mutant in it, numbered from `firstId`, and the list of them. */
export function instrument(file, text, firstId) {
  const made = new Instrument(file, text, firstId);
  return { text: made.text, mutants: made.mutants };
}
