"""Metric math, as far as alarms of one value use it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_WORDS = {"AND": "and", "OR": "or"}


def evaluate(expression: str, values: Mapping[str, float]) -> float | None:
    """The expression's value; None where a metric it needs has none, or it divides by zero.

    ValueError for what is beyond arithmetic, comparisons, AND, OR and IF.
    """
    spelt = re.sub(r"\b(AND|OR)\b", lambda found: _WORDS[found[0]], expression)
    try:
        return _value(ast.parse(spelt, mode="eval").body, values)
    except (KeyError, ZeroDivisionError):
        return None


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            return _ARITHMETIC[type(sign)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return float(_COMPARISONS[type(sign)](_value(left, values), _value(right, values)))
        case ast.BoolOp(op=sign, values=parts):
            all_or_any = all if isinstance(sign, ast.And) else any
            return float(all_or_any([_value(part, values) for part in parts]))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
            return _value(yes if _value(condition, values) else no, values)
    raise ValueError(f"metric math is not known here: {ast.unparse(node)}")
