"""A fitted model as ONNX, by the converters of scikit-learn, LightGBM and XGBoost. Not here: which model, a file.

A model whose ONNX form predicts otherwise is refused: some converters leave parameters out without a word.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import NotSupportedError

OPSETS: Mapping[str, int] = {"": 18, "ai.onnx.ml": 3}
"""The newest that all converters know."""
N_ROWS, SEED = 500, 1_234_567
SHARE_ALIKE = 0.99
"""So many rows must be predicted alike: ONNX counts with 32 bits, so a row may fall to a threshold's other side."""
TOLERANCE = 1e-3

Arrays = npt.NDArray[Any]


def to_onnx(model: Any) -> bytes:
    """Return a fitted model as ONNX; its input ``X`` is a matrix of 32-bit numbers, the raw columns in their order.

    A classifier has the outputs ``label`` and ``probabilities``, a regressor has ``variable``.

    Parameters
    ----------
    model : Pipeline
        As `IterationRun.load_model` returns it.

    Raises
    ------
    NotSupportedError
        If a library is missing, if a step has no ONNX form, or if the converted model predicts otherwise.
    """
    try:
        import onnxruntime
        import skl2onnx
        from skl2onnx.common.data_types import FloatTensorType

        _register()
    except ImportError as error:
        raise NotSupportedError(f"{error.name} is not installed: pip install 'automl_widgets[onnx]'") from error
    rows = _rows(model)
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    try:
        converted = skl2onnx.to_onnx(
            model,
            initial_types=[("X", FloatTensorType([None, rows.shape[1]]))],
            options=options,
            target_opset=dict(OPSETS),
        ).SerializeToString()
        session = onnxruntime.InferenceSession(converted, providers=["CPUExecutionProvider"])
        found = session.run(None, {"X": rows})[-1]
    except NotSupportedError:
        raise
    except Exception as error:  # converters and runtime have no class of their own for what they cannot do
        reason = str(error).strip().splitlines()[0][:200]
        raise NotSupportedError(f"This model has no ONNX form: {reason} Use skops or the pickle.") from error
    _compare(model, rows, found)
    return bytes(converted)


def _compare(model: Any, rows: Arrays, found: Arrays) -> None:
    wide = rows.astype(np.float64)
    wanted = model.predict_proba(wide) if hasattr(model, "predict_proba") else model.predict(wide).reshape(-1, 1)
    off = np.abs(found.reshape(wanted.shape) - wanted).max(axis=1)
    scale = 1.0 if hasattr(model, "predict_proba") else max(float(np.std(wanted)), 1e-12)
    if (alike := float(np.mean(off <= TOLERANCE * scale))) < SHARE_ALIKE:
        raise NotSupportedError(
            f"The ONNX form of this model predicts otherwise: only {alike:.0%} of {N_ROWS} rows alike. A "
            "converter leaves something out. Use skops or the pickle."
        )


def _rows(model: Any) -> Arrays:
    """Return rows to compare predictions of, in the range of those of training as far as the model tells it."""
    n_columns = _width(model)
    rows = np.random.default_rng(SEED).normal(size=(N_ROWS, n_columns))
    scaler = next((s for s in _steps(model) if hasattr(s, "inverse_transform")), None)
    if scaler is not None and getattr(scaler, "n_features_in_", None) == n_columns:
        rows = scaler.inverse_transform(rows)
    for members, encoder in getattr(_steps(model)[0], "groups_", ()):  # of a featurizer, which fills what is missing
        for k in getattr(encoder, "marked", ()):
            rows[k::5, members[k]] = np.nan
    return rows.astype(np.float32)


def _steps(model: Any) -> list[Any]:
    """Return the steps of a pipeline, of an ensemble those of its first member."""
    steps = [step for _, step in getattr(model, "steps", [("", model)])]
    last = steps[-1]
    members = getattr(last, "estimators", None) or getattr(last, "base_learners", None)
    is_ensemble = hasattr(last, "weights") or hasattr(last, "meta_learner")
    return [*steps[:-1], *_steps(members[0][1])] if members and is_ensemble else steps


def _width(model: Any) -> int:
    from automl_widgets.search.build import learner_of

    for step in _steps(model):
        found = getattr(step, "n_features_in_", None) or getattr(learner_of(step), "n_features_in_", None)
        if found is not None:
            return int(found)
    raise NotSupportedError("This model has no ONNX form: it does not tell how many columns it takes.")


# ---------------------------------------------------------------- what the libraries do not convert themselves


@functools.cache
def _register() -> None:
    """Make known to skl2onnx how to convert what is not scikit-learn's."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes as of_classifier,
    )
    from skl2onnx.common.shape_calculator import (
        calculate_linear_regressor_output_shapes as of_regressor,
    )
    from sklearn.compose import TransformedTargetRegressor

    from automl_widgets.data.featurize import Featurizer
    from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble
    from automl_widgets.search.estimators import FeatureCrosses, LabelEncoded

    choice = {"zipmap": [True, False, "columns"], "nocl": [True, False]}

    def either(operator: Any) -> None:
        (of_regressor if operator.raw_operator.classes is None else of_classifier)(operator)

    def known(kind: type, shape: Callable[..., None], convert: Callable[..., None], **options: Any) -> None:
        update_registered_converter(kind, f"AutoML{kind.__name__}", shape, convert, **options)

    known(LabelEncoded, of_classifier, _label_encoded, options=choice)
    known(TransformedTargetRegressor, of_regressor, _scaled_target)
    known(PreFittedSoftVoting, either, _vote, options=choice, parser=_parse_ensemble)
    known(StackEnsemble, either, _stack, options=choice, parser=_parse_ensemble)
    known(Featurizer, _shape_of_numbers, _numbers)
    known(FeatureCrosses, _shape_of_crosses, _crosses)
    _register_boosting(known, of_classifier, of_regressor, choice)


def _register_boosting(
    known: Callable[..., None], of_classifier: Callable[..., None], of_regressor: Callable[..., None], choice: Any
) -> None:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

    known(LGBMClassifier, of_classifier, convert_lightgbm, options=choice)
    known(LGBMRegressor, of_regressor, convert_lightgbm, options={"split": None})
    try:
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError:
        return
    from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

    known(XGBClassifier, of_classifier, convert_xgboost, options=choice)
    known(XGBRegressor, of_regressor, convert_xgboost)


def _parse_ensemble(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Declare the outputs of a vote or a stack, of which only the fitted one knows whether it classifies."""
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    operator = scope.declare_local_operator(f"AutoML{type(model).__name__}", model)
    operator.inputs.extend(inputs)
    kinds: list[tuple[str, Any]] = [("variable", FloatTensorType())]
    if model.classes is not None:
        is_text = np.asarray(model.classes).dtype.kind in "OUS"
        kinds = [("label", StringTensorType() if is_text else Int64TensorType()), ("probabilities", FloatTensorType())]
    operator.outputs.extend(scope.declare_local_variable(name, kind) for name, kind in kinds)
    return operator.outputs


def _label_encoded(scope: Any, operator: Any, container: Any) -> None:
    model = operator.raw_operator
    _put_labels(model.classes_, _probabilities(model.estimator_, operator.inputs[0], container), operator, container)


def _scaled_target(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxAdd, OnnxMul

    model, opset = operator.raw_operator, container.target_opset
    scaler = model.transformer_
    value = _value(model.regressor_, operator.inputs[0], container)
    scaled = OnnxMul(value, scaler.scale_.astype(np.float32), op_version=opset)
    _finish(OnnxAdd(scaled, scaler.mean_.astype(np.float32), op_version=opset), operator, container)


def _vote(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxMul, OnnxSum

    model, opset = operator.raw_operator, container.target_opset
    weights = np.ones(len(model.estimators)) if model.weights is None else np.asarray(model.weights, dtype=float)
    shares = (weights / weights.sum()).astype(np.float32)
    parts = _members(model, model.estimators, operator.inputs[0], container)
    weighted = [OnnxMul(part, np.array([share]), op_version=opset) for part, share in zip(parts, shares, strict=True)]
    _put(model.classes, OnnxSum(*weighted, op_version=opset), operator, container)


def _stack(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxConcat, OnnxMatMul

    model, opset = operator.raw_operator, container.target_opset
    parts = _members(model, model.base_learners, operator.inputs[0], container)
    if model.classes is not None and len(model.classes) == 2:
        second = np.array([[0.0], [1.0]], dtype=np.float32)
        parts = [OnnxMatMul(part, second, op_version=opset) for part in parts]
    features = OnnxConcat(*parts, axis=1, op_version=opset)
    if model.classes is None:
        _finish(_value(model.meta_learner, features, container), operator, container)
        return
    found = _probabilities(model.meta_learner, features, container)
    codes = np.asarray(model.meta_learner.classes_, dtype=int)
    _put_labels(model.classes, _spread(found, codes, len(model.classes), opset), operator, container)


def _members(ensemble: Any, members: Any, X: Any, container: Any) -> list[Any]:
    """Return what each member predicts: values, or probabilities of all classes in their order."""
    if ensemble.classes is None:
        return [_value(model, X, container) for _, model in members]
    classes, opset = np.asarray(ensemble.classes), container.target_opset
    return [
        _spread(_probabilities(m, X, container), np.searchsorted(classes, m.classes_), len(classes), opset)
        for _, m in members
    ]


def _spread(probabilities: Any, places: Arrays, n_classes: int, opset: Any) -> Any:
    """Return probabilities of all classes, 0 of those that a model has not seen."""
    from skl2onnx.algebra.onnx_ops import OnnxMatMul

    if len(places) == n_classes:
        return probabilities
    onto = np.zeros((len(places), n_classes), dtype=np.float32)
    onto[np.arange(len(places)), places] = 1.0
    return OnnxMatMul(probabilities, onto, op_version=opset)


def _probabilities(model: Any, X: Any, container: Any) -> Any:
    from skl2onnx.algebra.onnx_operator import OnnxSubEstimator

    *steps, last = [step for _, step in getattr(model, "steps", [("", model)])]
    for step in steps:
        X = OnnxSubEstimator(step, X, op_version=container.target_opset)
    return OnnxSubEstimator(last, X, op_version=container.target_opset, options={"zipmap": False})[1]


def _value(model: Any, X: Any, container: Any) -> Any:
    from skl2onnx.algebra.onnx_operator import OnnxSubEstimator
    from skl2onnx.algebra.onnx_ops import OnnxReshape

    value = OnnxSubEstimator(model, X, op_version=container.target_opset)
    return OnnxReshape(value, np.array([-1, 1], dtype=np.int64), op_version=container.target_opset)


def _put(classes: Any, found: Any, operator: Any, container: Any) -> None:
    if classes is None:
        _finish(found, operator, container)
    else:
        _put_labels(classes, found, operator, container)


def _put_labels(classes: Any, probabilities: Any, operator: Any, container: Any) -> None:
    """Make probabilities the second output, and the most probable label the first."""
    from skl2onnx.algebra.onnx_ops import OnnxArgMax, OnnxArrayFeatureExtractor, OnnxIdentity, OnnxReshape

    opset, labels = container.target_opset, np.asarray(classes)
    labels = labels.astype(str) if labels.dtype.kind in "OUS" else labels.astype(np.int64)
    kept = OnnxIdentity(probabilities, op_version=opset, output_names=[operator.outputs[1].full_name])
    best = OnnxArgMax(kept, axis=1, keepdims=0, op_version=opset)
    picked = OnnxArrayFeatureExtractor(labels, best, op_version=opset)
    flat = np.array([-1], dtype=np.int64)
    label = OnnxReshape(picked, flat, op_version=opset, output_names=[operator.outputs[0].full_name])
    label.add_to(operator.scope_inst, container)
    kept.add_to(operator.scope_inst, container)


def _finish(value: Any, operator: Any, container: Any) -> None:
    from skl2onnx.algebra.onnx_ops import OnnxIdentity

    names = [operator.outputs[0].full_name]
    OnnxIdentity(value, op_version=container.target_opset, output_names=names).add_to(operator.scope_inst, container)


def _encoder_of_numbers(featurizer: Any) -> Any:
    """Return the encoder of columns that are numbers, or raise NotSupportedError if others are used."""
    from automl_widgets.data.encoders import NumberEncoder

    others = [
        f"{featurizer.feature_names_in_[k]!s:.60} ({featurizer.purposes[k]})"
        for members, encoder in featurizer.groups_
        for k in members
        if not isinstance(encoder, NumberEncoder)
    ]
    if others or not featurizer.groups_:
        what = ", ".join(others[:5]) or "sparse columns"
        raise NotSupportedError(f"Only columns of numbers have an ONNX form, but there are {what}. Use skops or code.")
    return featurizer.groups_[0]


def _shape_of_numbers(operator: Any) -> None:
    from skl2onnx.common.data_types import FloatTensorType

    _, encoder = _encoder_of_numbers(operator.raw_operator)
    operator.outputs[0].type = FloatTensorType([None, len(encoder.made)])


def _numbers(scope: Any, operator: Any, container: Any) -> None:
    """Fill missing numbers with the medians of training, and mark them, as `NumberEncoder` does."""
    from skl2onnx.algebra import onnx_ops as ops

    opset = container.target_opset
    members, encoder = _encoder_of_numbers(operator.raw_operator)
    X = ops.OnnxGather(operator.inputs[0], np.array(members, dtype=np.int64), axis=1, op_version=opset)
    infinite = ops.OnnxIsInf(X, op_version=opset)
    missing = ops.OnnxOr(ops.OnnxIsNaN(X, op_version=opset), infinite, op_version=opset)
    medians = np.asarray(encoder.medians, dtype=np.float32).reshape(1, -1)
    filled = ops.OnnxWhere(missing, medians, X, op_version=opset)
    if len(encoder.marked):
        marked = np.asarray(encoder.marked, dtype=np.int64)
        marks = ops.OnnxCast(ops.OnnxGather(missing, marked, axis=1, op_version=opset), to=1, op_version=opset)
        filled = ops.OnnxConcat(filled, marks, axis=1, op_version=opset)
    _finish(filled, operator, container)


def _shape_of_crosses(operator: Any) -> None:
    from skl2onnx.common.data_types import FloatTensorType

    model = operator.raw_operator
    operator.outputs[0].type = FloatTensorType([None, model.n_features_in_ + len(model.signs_)])


def _crosses(scope: Any, operator: Any, container: Any) -> None:
    """Put crosses behind the columns, sign by sign as `FeatureCrosses` has them."""
    from skl2onnx.algebra import onnx_ops as ops

    model, opset, X = operator.raw_operator, container.target_opset, operator.inputs[0]
    parts = []
    for sign, cross in zip("*/+-", (ops.OnnxMul, ops.OnnxDiv, ops.OnnxAdd, ops.OnnxSub), strict=True):
        if len(pairs := model.pairs_[:, model.signs_ == sign].T):
            one, other = (ops.OnnxGather(X, column, axis=1, op_version=opset) for column in pairs.T)
            parts.append(cross(one, other, op_version=opset))
    if not parts:
        _finish(X, operator, container)
        return
    made = ops.OnnxConcat(*parts, axis=1, op_version=opset)
    least, nothing, most = (np.array(number, dtype=np.float32) for number in (-1e12, 0.0, 1e12))
    made = ops.OnnxWhere(ops.OnnxIsNaN(made, op_version=opset), nothing, made, op_version=opset)
    made = ops.OnnxClip(made, least, most, op_version=opset)
    _finish(ops.OnnxConcat(X, made, axis=1, op_version=opset), operator, container)
