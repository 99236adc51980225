"""Keywords of Azure ML that do nothing here: not yet, or never again. They are answered, not swallowed."""

from __future__ import annotations

from automl_widgets.sdk.keywords import Parameter
from automl_widgets.sdk.kinds import ANYTHING

_FORECASTING = (
    "forecasting_parameters time_column_name grain_column_names time_series_id_column_names max_horizon "
    "forecast_horizon target_lags feature_lags target_rolling_window_size country_or_region holiday_country "
    "seasonality use_stl short_series_handling short_series_handling_configuration freq "
    "target_aggregation_function cv_step_size features_unknown_at_forecast_time lag_length"
)
_LATER = {
    "spark_context": "Spark; iterations run on this machine.",
    "test_data": "A final test; score the fitted model yourself.",
    "test_size": "A final test; hold rows out yourself.",
    "enable_tf": "TensorFlow's learners.",
    "enable_dnn": "Deep learners.",
    "force_text_dnn": "Deep learners for text.",
    "enable_onnx_compatible_models": "Keep to what ONNX knows; `get_output(return_onnx_model=True)` tries to.",
    "enable_feature_sweeping": "A search over featurizers.",
    "enable_streaming": "Learners that read data in pieces.",
    "enable_nimbusml": "NimbusML's learners.",
    "save_mlflow": "Export to MLflow.",
    "n_best_runs": "`get_output(iteration=...)` returns any iteration's model.",
    "use_distributed": "Training on several machines.",
    "max_nodes": "Training on several machines.",
    **dict.fromkeys(_FORECASTING.split(), "Forecasting."),
}
_OBSOLETE = {
    "enable_subsampling": "All rows are taken: in the same time that is better than a part of them.",
    "subsample_seed": "All rows are taken: in the same time that is better than a part of them.",
    "y_min": "It is taken from the data.",
    "y_max": "It is taken from the data.",
    "num_classes": "It is taken from the data.",
    "enforce_time_on_windows": "Time limits hold on every system.",
    "ensemble_download_models_timeout_sec": "Models are on this machine.",
    "stack_meta_learner_train_percentage": "The stack ensemble learns from out-of-fold predictions.",
    "track_child_runs": "Every iteration is kept.",
    "enable_code_generation": "Every iteration has its code.",
    "enable_local_managed": "Every run is on this machine, in processes of its own.",
    "cost_mode": "Nothing here has a price.",
}


def _is_asked_for(value: object) -> bool:
    return value is not None and value is not False


UNBUILT: tuple[Parameter, ...] = (
    *(
        Parameter(name=n, kind=ANYTHING, default="None", meaning=m, status="not supported yet", is_later=_is_asked_for)
        for n, m in _LATER.items()
    ),
    *(
        Parameter(name=name, kind=ANYTHING, default="None", meaning=meaning, status="no effect")
        for name, meaning in _OBSOLETE.items()
    ),
)
