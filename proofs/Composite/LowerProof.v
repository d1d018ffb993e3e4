(* Lowering preserves meaning over the reals: shifted softmax = softmax; a batch norm is its steps. *)
From Coq Require Import Reals ZArith PArith List Bool Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve
  Ops.Pointwise Ops.UnaryProof Composite.Activations Composite.ActivationsProof Composite.Group Composite.Line Composite.Normalise Composite.SoftmaxGroup Composite.SoftmaxProof Composite.CrossEntropyProof
  Composite.BatchNormTraining Composite.Feature Composite.Affine Composite.BatchNorm Composite.BatchNormProof
  Composite.Lower Autodiff.Prog.
Import ListNotations.
Open Scope R_scope.

(* ---- values ---- *)
(* Values are zero out of bounds: to agree in bounds is to be equal. *)
Lemma sem_ext o o' ats ats' t vs vs' :
  (forall i, inb (snd t) i = true -> sem Rscal o ats t vs i = sem Rscal o' ats' t vs' i) ->
  sem Rscal o ats t vs = sem Rscal o' ats' t vs'.
Proof.
  intros H. apply functional_extensionality. intros i. destruct (inb (snd t) i) eqn:E; auto.
  unfold sem. rewrite !tab_spec, E. auto.
Qed.

Section Values.
Variables (t : ty) (a : Z) (x : tensor).
Hypothesis Ha : (0 <= a < rank (snd t))%Z.
Notation s := (snd t).
Notation l := (line_ty t a).
Notation along v := (sem Rscal (broadcast_line s a) [l] t [v]).
Notation reduced k v := (sem Rscal (Reduce k [a]) [t] l [v]).
Definition shifted_value : tensor := sem Rscal (Binary Subtract) [t; t] t [x; along (reduced RMax x)].
Definition exp_value : tensor := sem Rscal (Unary Exponential) [t] t [shifted_value].
Definition softmax_value : tensor :=
  sem Rscal (Binary Divide) [t; t] t [exp_value; along (reduced RAdd exp_value)].
Definition log_softmax_value : tensor :=
  sem Rscal (Binary Subtract) [t; t] t
    [shifted_value; along (sem Rscal (Unary Log) [l] l [reduced RAdd exp_value])].

(* x - m, where m is constant on lines *)
Let m (i : idx) : R := sem_reduce Rscal RMax [a] s x (off_axis s a i).
Lemma shifted_value_in i : inb s i = true -> shifted_value i = x i - m i.
Proof.
  intros. unfold shifted_value. rewrite sem_subtract, sem_broadcast_line, sem_reduce_line by auto. auto.
Qed.
Lemma line_constant i j : off_axis s a j = off_axis s a i -> m j = m i.
Proof. unfold m. intros ->. auto. Qed.
Lemma exp_value_in i : inb s i = true -> exp_value i = exp (x i - m i).
Proof. intros. unfold exp_value. rewrite sem_exponential, shifted_value_in by auto. auto. Qed.
Lemma exp_sum_in i : inb s i = true ->
  reduced RAdd exp_value (off_axis s a i) = partition s (off_axis s a) (fun j => x j - m j) i.
Proof.
  intros. rewrite sem_reduce_line, reduce_group_sum by auto. apply group_sum_ext; intros.
  apply exp_value_in; auto.
Qed.

(* exp (x - m) / sum exp (x - m) = softmax x *)
Lemma softmax_value_eq : softmax_value = sem Rscal (Softmax a) [t] t [x].
Proof.
  apply sem_ext; intros i Hi. rewrite sem_divide, sem_broadcast_line, exp_sum_in, exp_value_in by auto.
  rewrite sem_in by auto. cbn [sem0 map]. rewrite sem_softmax_group by auto.
  rewrite <- (softmax_shift s (off_axis s a) x m) by (auto using line_constant). auto.
Qed.
(* (x - m) - ln sum exp (x - m) = log_softmax x *)
Lemma log_softmax_value_eq : log_softmax_value = sem Rscal (LogSoftmax a) [t] t [x].
Proof.
  apply sem_ext; intros i Hi. rewrite sem_subtract, sem_broadcast_line by auto.
  rewrite sem_log, exp_sum_in, shifted_value_in by (auto; apply inb_off_axis; auto).
  rewrite sem_in by auto. cbn [sem0 map]. rewrite sem_log_softmax_group by auto.
  rewrite <- (log_softmax_shift s (off_axis s a) x m) by (auto using line_constant). auto.
Qed.
End Values.

(* - sum (labels * log_softmax x) = softmax_cross_entropy x labels *)
Definition cross_entropy_value (t : ty) (x labels : tensor) : tensor :=
  sem Rscal (Unary Negate) [line_ty t 1] (line_ty t 1)
    [sem Rscal (Reduce RAdd [1%Z]) [t] (line_ty t 1)
       [sem Rscal (Binary Multiply) [t; t] t [labels; log_softmax_value t 1 x]]].
Lemma cross_entropy_value_eq e rows classes x labels : (1 <= classes)%Z ->
  let t := (e, [rows; classes]) in
  cross_entropy_value t x labels = sem Rscal SoftmaxCrossEntropy [t; t] (e, [rows]) [x; labels].
Proof.
  intros C t. apply (sem_ext _ _ _ _ (e, [rows])). intros n Hn.
  destruct (row_of_start rows classes C n Hn) as [Hi E].
  rewrite (sem_negate (e, [rows])) by auto. rewrite (sem_in SoftmaxCrossEntropy) by auto.
  etransitivity. 2: symmetry; apply (sem_cross_entropy rows classes C); auto.
  unfold cross_entropy. apply f_equal. rewrite <- E at 1.
  rewrite (sem_reduce_line RAdd t 1) by auto. rewrite reduce_group_sum. apply group_sum_ext; intros j Hj _.
  rewrite sem_multiply, log_softmax_value_eq by (auto; cbn; lia). rewrite sem_in by auto.
  apply f_equal. apply (sem_log_softmax_group [rows; classes]); auto; cbn; lia.
Qed.

(* normalised x * scale + offset = batch_norm_training x scale offset *)
Definition batch_norm_value (t : ty) (a : Z) (eps : decimal) (x scale offset : tensor) : tensor :=
  sem Rscal (Binary Add) [t; t] t
    [sem Rscal (Binary Multiply) [t; t] t [normalised_value t a eps x; spread_value t a scale];
     spread_value t a offset].
Lemma batch_norm_value_eq t a eps x scale offset : (0 <= a < rank (snd t))%Z ->
  let f := feature_ty t a in
  batch_norm_value t a eps x scale offset = sem Rscal (BatchNormTraining a eps) [t; f; f] t [x; scale; offset].
Proof.
  intros Ha f. apply sem_ext; intros i Hi. rewrite (sem_binary_at Add), sem_multiply by auto.
  rewrite !spread_in, normalised_in by auto. rewrite sem_in by auto. cbn [sem0 map].
  rewrite sem_batch_norm by auto. unfold batch_norm, affine, sem_binary. cbn [sadd Rscal].
  rewrite (Rmult_comm (normalised _ _ _ _ _)). reflexivity.
Qed.

(* ---- programs ---- *)
Definition typed (i : instr) : Prop := infer (iop i) (ats i) = Some (rty i).
(* Identifiers are below n. *)
Definition below (n : positive) (i : instr) : Prop :=
  (res i < n)%positive /\ forall x, In x (args i) -> (x < n)%positive.
Definition agree {A} (n : positive) (e e' : env A) : Prop := forall x, (x < n)%positive -> e x = e' x.

(* What a program does not name as a result, it does not change. *)
Lemma eval_other {A} (S : scalar A) p x : Forall (fun i => res i <> x) p -> forall e, eval S p e x = e x.
Proof.
  unfold eval. induction 1 as [|i p H _ IH]; simpl; intros e; auto.
  rewrite IH. apply upd_neq; auto.
Qed.
Ltac look_up := repeat first [rewrite upd_eq | rewrite upd_neq by lia].

Lemma eval_cons r o xs ts t nm p (e : env R) :
  eval Rscal (I r o xs ts t nm :: p) e = eval Rscal p (upd e r (sem Rscal o ts t (map e xs))).
Proof. reflexivity. Qed.
(* Runs an expansion, looking up the operands of every instruction. *)
Ltac run := cbn [app]; repeat (rewrite eval_cons; cbn [map]; look_up); cbn [eval fold_left]; rewrite upd_eq.

Section Expansions.
Variables (n : positive) (nm : name) (t : ty) (x y : positive) (e : env R).
Hypotheses (Hx : (x < n)%positive) (Hy : (y < n)%positive).
Lemma eval_softmax a : eval Rscal (expand_softmax n nm t a x y) e y = softmax_value t a (e x).
Proof. unfold expand_softmax, expand_shifted. run. reflexivity. Qed.
Lemma eval_log_softmax a nm' :
  eval Rscal (expand_log_softmax n nm t a x y nm') e y = log_softmax_value t a (e x).
Proof. unfold expand_log_softmax, expand_shifted. run. reflexivity. Qed.
Lemma eval_cross_entropy labels : (labels < n)%positive ->
  eval Rscal (expand_cross_entropy n nm t 1 x labels y) e y = cross_entropy_value t (e x) (e labels).
Proof. intros Hl. unfold expand_cross_entropy, expand_log_softmax, expand_shifted. run. reflexivity. Qed.

Lemma eval_batch_norm a eps scale offset : (scale < n)%positive -> (offset < n)%positive ->
  eval Rscal (expand_batch_norm n nm t a eps x scale offset y) e y
  = batch_norm_value t a eps (e x) (e scale) (e offset).
Proof. intros Hs Ho. unfold expand_batch_norm, expand_normalised. run. reflexivity. Qed.
Lemma eval_swish : eval Rscal (expand_swish (inner nm) n nm t x y) e y = swish_value t (e x).
Proof. unfold expand_swish. run. reflexivity. Qed.
Lemma eval_gelu : eval Rscal (expand_gelu (inner nm) n nm t x y) e y = gelu_value t (e x).
Proof. unfold expand_gelu. run. reflexivity. Qed.
Lemma eval_gelu_tanh : eval Rscal (expand_gelu_tanh (inner nm) n nm t x y) e y = gelu_tanh_value t (e x).
Proof. unfold expand_gelu_tanh. run. reflexivity. Qed.

(* The other results are fresh. *)
Notation fresh q := (Forall (fun j => res j = y \/ (n <= res j)%positive) q).
Ltac each := cbn [app]; repeat (apply Forall_cons; [cbn [res]; first [left; reflexivity|right; lia]|]);
  apply Forall_nil.
Lemma fresh_softmax a : fresh (expand_softmax n nm t a x y).
Proof. unfold expand_softmax, expand_shifted. each. Qed.
Lemma fresh_log_softmax a nm' : fresh (expand_log_softmax n nm t a x y nm').
Proof. unfold expand_log_softmax, expand_shifted. each. Qed.
Lemma fresh_cross_entropy labels : fresh (expand_cross_entropy n nm t 1 x labels y).
Proof. unfold expand_cross_entropy, expand_log_softmax, expand_shifted. each. Qed.
Lemma fresh_batch_norm a eps scale offset : fresh (expand_batch_norm n nm t a eps x scale offset y).
Proof. unfold expand_batch_norm, expand_normalised. each. Qed.
Lemma fresh_swish : fresh (expand_swish (inner nm) n nm t x y).
Proof. unfold expand_swish. each. Qed.
Lemma fresh_gelu : fresh (expand_gelu (inner nm) n nm t x y).
Proof. unfold expand_gelu. each. Qed.
Lemma fresh_gelu_tanh : fresh (expand_gelu_tanh (inner nm) n nm t x y).
Proof. unfold expand_gelu_tanh. each. Qed.
End Expansions.

(* Below n, agreement is kept by an expansion that computes the instruction's value, the rest of whose
   results are not below n. *)
Lemma expansion_agree n0 n q i e e' : (n0 <= n)%positive ->
  Forall (fun j => res j = res i \/ (n <= res j)%positive) q ->
  eval Rscal q e (res i) = sem Rscal (iop i) (ats i) (rty i) (map e' (args i)) ->
  agree n0 e e' -> agree n0 (eval Rscal q e) (step Rscal e' i).
Proof.
  intros Hn F V A x Hx. unfold step. destruct (Pos.eq_dec (res i) x) as [<-|N].
  - rewrite upd_eq; auto.
  - rewrite upd_neq, eval_other; auto. revert F. apply Forall_impl. intros j [E|E]; [congruence|lia].
Qed.
Lemma core_agree n i e e' : below n i -> agree n e e' -> agree n (eval Rscal [i] e) (step Rscal e' i).
Proof.
  intros [_ B] A. apply (expansion_agree n n); auto. lia. cbn. unfold step. rewrite upd_eq. f_equal.
  apply map_ext_in; auto.
Qed.
Ltac expansion n :=
  split; [lia|]; apply (expansion_agree _ n);
  auto using fresh_softmax, fresh_log_softmax, fresh_cross_entropy, fresh_batch_norm, fresh_swish,
    fresh_gelu, fresh_gelu_tanh;
  cbn [res iop ats rty args map].
(* One instruction's expansion gives every identifier below the first unused one what the instruction does. *)
Lemma lower1_correct n n0 i q n' e e' : lower1 n i = (q, n') -> typed i -> below n0 i -> (n0 <= n)%positive ->
  agree n0 e e' -> (n <= n')%positive /\ agree n0 (eval Rscal q e) (step Rscal e' i).
Proof.
  intros L T B Hn A. pose proof (core_agree n0 i e e' B A) as core.
  destruct i as [y o xs ts t nm]. unfold lower1 in L. cbn [iop args res ats rty iname] in L.
  assert (core' : ([I y o xs ts t nm], n) = (q, n') ->
    (n <= n')%positive /\ agree n0 (eval Rscal q e) (step Rscal e' (I y o xs ts t nm))).
  { intros E; injection E as <- <-. split; auto. lia. }
  destruct B as [By Bx]. cbn in By, Bx.
  destruct o; auto;
    [destruct u; auto; destruct xs as [|x [|]]; auto; assert (Hx := Bx x (or_introl eq_refl));
       apply unary_typed in T as [T _]; cbn in T; subst ts; injection L as <- <-
    |destruct xs as [|x xs]; auto; assert (Hx := Bx x (or_introl eq_refl))..].
  - expansion n. rewrite eval_swish, A by (auto; lia). apply sem_ext, swish_value_in.
  - expansion n. rewrite eval_gelu, A by (auto; lia). apply sem_ext, gelu_value_in.
  - expansion n. rewrite eval_gelu_tanh, A by (auto; lia). apply sem_ext, gelu_tanh_value_in.
  - destruct xs; auto. destruct (softmax_typed _ _ _ T) as (E & _ & Ha & _). cbn in E, Ha; subst ts.
    injection L as <- <-. expansion n. rewrite eval_softmax, softmax_value_eq, A by (auto; lia). auto.
  - destruct xs; auto. destruct (log_softmax_typed _ _ _ T) as (E & _ & Ha & _). cbn in E, Ha; subst ts.
    injection L as <- <-. expansion n. rewrite eval_log_softmax, log_softmax_value_eq, A by (auto; lia). auto.
  - destruct xs as [|labels [|]]; auto. assert (Hl := Bx labels (or_intror (or_introl eq_refl))).
    destruct (softmax_cross_entropy_typed _ _ T) as (el & r & c & E & Et & _ & C). cbn in E, Et; subst ts t.
    injection L as <- <-. expansion n.
    rewrite eval_cross_entropy, cross_entropy_value_eq, !A by (auto; lia). auto.
  - destruct xs as [|scale [|offset [|]]]; auto.
    assert (Hs := Bx scale (or_intror (or_introl eq_refl))).
    assert (Ho := Bx offset (or_intror (or_intror (or_introl eq_refl)))).
    destruct (batch_norm_training_typed _ _ _ _ T) as (E & _ & Ha & _). cbn in E, Ha; subst ts.
    injection L as <- <-. expansion n.
    rewrite eval_batch_norm, batch_norm_value_eq, !A by (auto; lia). auto.
Qed.

(* Evaluating the lowered program gives every value of the program what evaluating the program gives it. *)
Lemma lower_agree n0 p : forall n q n' e e', lower n p = (q, n') -> Forall typed p -> Forall (below n0) p ->
  (n0 <= n)%positive -> agree n0 e e' -> (n <= n')%positive /\ agree n0 (eval Rscal q e) (eval Rscal p e').
Proof.
  induction p as [|i p IH]; intros n q n' e e' L T B Hn A; cbn in L.
  - injection L as <- <-. split; auto. lia.
  - destruct (lower1 n i) as [q1 n1] eqn:L1, (lower n1 p) as [r n2] eqn:L2. injection L as <- <-.
    inversion T as [|? ? Ti Tp]; inversion B as [|? ? Bi Bp]; subst.
    destruct (lower1_correct n n0 i q1 n1 e e' L1 Ti Bi Hn A) as [H1 A1].
    destruct (IH n1 r n2 _ _ L2 Tp Bp ltac:(lia) A1) as [H2 A2]. split. lia. rewrite eval_app. exact A2.
Qed.
Theorem lower_correct n p q n' e : lower n p = (q, n') -> Forall typed p -> Forall (below n) p ->
  forall x, (x < n)%positive -> eval Rscal q e x = eval Rscal p e x.
Proof.
  intros L T B. destruct (lower_agree n p n q n' e e L T B ltac:(lia)) as [_ A]; auto. intros y; auto.
Qed.
Theorem lower_next n p q n' : lower n p = (q, n') ->
  Forall typed p -> Forall (below n) p -> (n <= n')%positive.
Proof.
  intros L T B. apply (lower_agree n p n q n' (fun _ _ => 0) (fun _ _ => 0) L T B). lia. intros y; auto.
Qed.
