"""The usual Flask application; `MODEL` is its joblib file."""

import os

import joblib
import pandas as pd
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["MODEL"])


@app.post("/predictions")
def predictions():
    """Probabilities of each class."""
    frame = pd.DataFrame(request.get_json()["instances"])
    return jsonify(predictions=model.predict_proba(frame).tolist())
